"""What is asked at `commit` and in no replay, for it goes by this server's own tier and keys (ADR 0019)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from zhilu.errors import DataError
from zhilu.protocols.federation import Neighbour
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.server.federation import events, own_keys, rules
from zhilu.server.federation.models import Joined, Parted, Parting
from zhilu.server.federation.services import rekeying
from zhilu.server.federation.services.neighbours import as_neighbour
from zhilu.server.ledger.events import Stamp, checks
from zhilu.server.ledger.services.publish import load_signer
from zhilu.server.organisation.models import Peer
from zhilu.tlog.cosign import CosignatureVerifier
from zhilu.tlog.note import NoteVerifier


@checks(events.BureauJoined)
def check_joined(event: events.BureauJoined, stamp: Stamp) -> None:
    own = settings.ZHILU
    rules.check_bureau(event.bureau)
    parted = Parted.objects.filter(bureau=event.bureau).first()
    cities = [one for table in (Joined, Parted) for one in table.objects.filter(tier="city")]
    rules.check_tier(own.bureau, own.tier, event.bureau, event.tier, {one.bureau for one in cities})
    rules.check_address(event.url, event.authority)
    said = as_neighbour(event)
    rules.check_origin(event.bureau, said.keys.origin)
    known = Joined.objects.filter(bureau=event.bureau).first()
    if known:
        rules.check_same(known, event)
    if parted:
        rules.check_ledger(parted.ledger, event.ledger, event.bureau)
    others = Joined.objects.exclude(bureau=event.bureau)
    rules.check_own_keys(_keys(said), [*_own(), *(key for one in others for key in _keys(as_neighbour(one)))])


@checks(events.PartingAsked)
def check_parting(event: events.PartingAsked, stamp: Stamp) -> None:
    rules.check_parting(event.reason)
    if not Joined.objects.filter(bureau=event.bureau).exists():
        raise DataError("neighbour-unknown", "{bureau} has not joined.", bureau=event.bureau)


@checks(events.BureauParted)
def check_parted(event: events.BureauParted, stamp: Stamp) -> None:
    asked = Parting.objects.filter(bureau=event.bureau, entry=event.asked).exclude(by=stamp.actor).first()
    rules.check_asked(asked.at if asked else None, stamp.at)


def _keys(said: Neighbour) -> list[str]:
    """Of the one who joins, each once: ledger, cosigners, request key."""
    cosigners = {CosignatureVerifier.from_vkey(one).public_key for one in (*said.cosigners, said.cosigner)}
    ledger = NoteVerifier.from_vkey(said.ledger).public_key
    return [ledger.hex(), *(key.hex() for key in cosigners), thumbprint(said.jwk)]


def _kid(jwk: dict[str, Any]) -> str:
    load_jwk(jwk)  # a key at all
    return thumbprint(jwk)


def _own() -> Iterator[str]:
    yield load_signer(settings.ZHILU).verifier.public_key.hex()
    yield own_keys.cosigner(settings.ZHILU).verifier.public_key.hex()
    yield own_keys.requests(settings.ZHILU).kid
    for peer in Peer.objects.all():
        yield peer.kid
        yield CosignatureVerifier.from_vkey(peer.cosigner).public_key.hex()


@checks(events.NeighbourKeysSet)
def check_keys_set(event: events.NeighbourKeysSet, stamp: Stamp) -> None:
    if not stamp.actor == event.bureau == settings.ZHILU.bureau:
        raise DataError("actor", "A server's keys are entered by itself.")
    new = [_kid(event.jwk), CosignatureVerifier.from_vkey(event.cosigner).public_key.hex()]
    others = [key for one in Joined.objects.all() for key in _keys(as_neighbour(one))]
    rules.check_own_keys(new, [*_own(), *others])


@checks(events.BureauRekeyed)
def check_rekeyed(event: events.BureauRekeyed, stamp: Stamp) -> None:
    """What the ledger of the neighbour says, as it is mirrored here, and nothing else."""
    said = rekeying.said_by(event.bureau)
    if stamp.actor != settings.ZHILU.bureau or said != event:
        raise DataError("rekeyed", "The neighbour's own ledger says no such keys.")
    joined = Joined.objects.get(bureau=event.bureau)
    joined.jwk, joined.cosigner = event.jwk, event.cosigner
    others = Joined.objects.exclude(bureau=event.bureau)
    keys = [*_own(), *(key for one in others for key in _keys(as_neighbour(one)))]
    rules.check_own_keys(_keys(as_neighbour(joined)), keys)


@checks(events.BureauContradicted)
def check_contradicted(event: events.BureauContradicted, stamp: Stamp) -> None:
    is_own = stamp.actor == settings.ZHILU.bureau
    if not is_own or not Joined.objects.filter(bureau=event.bureau).exists():
        raise DataError("actor", "What a neighbour contradicts is entered by the server that follows it.")
