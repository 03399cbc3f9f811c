"""Whom this server has joined, and what it gives others to join it."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.errors import CallerError
from zhilu.protocols.federation import Neighbour
from zhilu.sealed.keys import load_jwk
from zhilu.server.config import Config
from zhilu.server.federation import events, own_keys, rules
from zhilu.server.federation.models import Joined, Parting, Watch
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services import terms
from zhilu.server.ledger.services.commit import Committed, commit
from zhilu.server.ledger.services.publish import load_signer
from zhilu.server.organisation.models import Peer


def own(config: Config) -> Neighbour:
    """`zhilu server export neighbour`."""
    demanded = terms.current()
    if not demanded.cosigners:
        raise CallerError("no-keyholder", "This bureau has no keyholder yet: see `zhilu server keyholder`.")
    # The city's own keyholder is no key of this bureau, though it cosigns here too.
    city = set(Peer.objects.filter(role="city-keyholder").values_list("cosigner", flat=True))
    cosigners = tuple(one.vkey for one in demanded.cosigners if one.vkey not in city)
    return Neighbour(
        config.bureau,
        config.tier,
        load_signer(config).vkey,
        cosigners,
        min(demanded.quorum, len(cosigners)),
        own_keys.requests(config).jwk,
        own_keys.cosigner(config).vkey,
        config.authority,
    )


def join(said: Neighbour, url: str, actor: str) -> Committed:
    event = events.BureauJoined(
        bureau=said.bureau,
        tier=said.tier,
        ledger=said.ledger,
        cosigners=list(said.cosigners),
        quorum=said.quorum,
        jwk=said.jwk,
        cosigner=said.cosigner,
        url=url,
        authority=said.authority,
    )
    return commit(event, actor)


def ask_to_part(bureau: str, reason: str, text: str, actor: str) -> Committed:
    """`reason`: of `rules.PARTINGS`; `text`: why, in words. CallerError `parting-words`."""
    rules.check_words(text)
    return commit(events.PartingAsked(bureau, reason), actor, {"text": text.strip()})


def asked(bureau: str) -> Parting | None:
    """What somebody has asked, and another may say yes to."""
    return next((one for one in all_asked() if one.bureau == bureau), None)


def all_asked() -> list[Parting]:
    """Of each neighbour the newest, while it counts."""
    return list(Parting.objects.filter(at__gt=now() - rules.ASKED_FOR).order_by("bureau"))


def part(bureau: str, asked: int, actor: str) -> Committed:
    """From here on its requests are refused, and it is followed no more. What was stored of it stays."""
    return commit(events.BureauParted(bureau, asked), actor)


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


def mirrored() -> list[Joined]:
    """Those of whom anything was ever stored or tried."""
    seen = Watch.objects.values("bureau")
    return list(Joined.objects.filter(bureau__in=seen).order_by("bureau"))


def request_key(kid: str) -> EllipticCurvePublicKey | None:
    found = Joined.objects.filter(kid=kid).first()
    return load_jwk(found.jwk) if found else None
