"""How the neighbours follow from the own ledger."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from zhilu.protocols.federation import Neighbour
from zhilu.sealed.keys import thumbprint
from zhilu.server.federation import events, own_keys, rules
from zhilu.server.federation.models import Contradiction, Joined
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.ledger.services.publish import load_signer
from zhilu.server.organisation.models import Peer
from zhilu.tlog.cosign import CosignatureVerifier
from zhilu.tlog.note import NoteVerifier


@checks(events.BureauJoined)
def check_joined(event: events.BureauJoined, stamp: Stamp) -> None:
    own = settings.ZHILU
    cities = Joined.objects.filter(tier="city").values_list("bureau", flat=True)
    rules.check_tier(own.bureau, own.tier, event.bureau, event.tier, set(cities))
    rules.check_address(event.url, event.authority)
    said = as_neighbour(event)
    rules.check_origin(event.bureau, said.keys.origin)
    known = Joined.objects.filter(bureau=event.bureau).first()
    if known:
        rules.check_same(known, event)
    others = Joined.objects.exclude(bureau=event.bureau)
    rules.check_own_keys(_keys(said), [*_own(), *(key for one in others for key in _keys(as_neighbour(one)))])


def _keys(said: Neighbour) -> list[str]:
    """Of the one who joins, each once: ledger, cosigners, request key."""
    cosigners = {CosignatureVerifier.from_vkey(one).public_key for one in (*said.cosigners, said.cosigner)}
    ledger = NoteVerifier.from_vkey(said.ledger).public_key
    return [ledger.hex(), *(key.hex() for key in cosigners), thumbprint(said.jwk)]


def _own() -> Iterator[str]:
    yield load_signer(settings.ZHILU).verifier.public_key.hex()
    yield own_keys.cosigner(settings.ZHILU).verifier.public_key.hex()
    yield own_keys.requests(settings.ZHILU).kid
    for peer in Peer.objects.all():
        yield peer.kid
        yield CosignatureVerifier.from_vkey(peer.cosigner).public_key.hex()


def as_neighbour(one: events.BureauJoined | Joined) -> Neighbour:
    """Also checks that its keys are keys."""
    said = Neighbour(
        one.bureau,
        one.tier,
        one.ledger,
        tuple(one.cosigners),
        one.quorum,
        one.jwk,
        one.cosigner,
        one.authority,
    )
    return Neighbour.loads(said.dumps())


@applies(events.BureauJoined)
def apply_joined(event: events.BureauJoined, stamp: Stamp) -> None:
    values = {
        "tier": event.tier,
        "ledger": event.ledger,
        "cosigners": event.cosigners,
        "quorum": event.quorum,
        "kid": thumbprint(event.jwk),
        "jwk": event.jwk,
        "cosigner": event.cosigner,
        "url": event.url,
        "authority": event.authority,
        "entry": stamp.index,
    }
    Joined.objects.update_or_create(bureau=event.bureau, defaults=values)


@applies(events.BureauContradicted)
def apply_contradicted(event: events.BureauContradicted, stamp: Stamp) -> None:
    Contradiction.objects.create(
        id=stamp.index,
        bureau=event.bureau,
        code=event.code,
        at=stamp.at,
        stored_size=event.stored_size,
        signed_size=event.signed_size,
        note=event.note,
        index=event.index,
        entry=stamp.index,
    )
