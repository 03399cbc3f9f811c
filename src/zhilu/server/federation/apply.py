"""How the neighbours follow from the own ledger."""

from __future__ import annotations

from zhilu.sealed.keys import thumbprint
from zhilu.server.federation import events, rules
from zhilu.server.federation.models import Contradiction, Joined, NeighbourKeys, Parted, Parting
from zhilu.server.ledger.events import Stamp, applies


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
    Parted.objects.filter(bureau=event.bureau).delete()


@applies(events.PartingAsked)
def apply_asked(event: events.PartingAsked, stamp: Stamp) -> None:
    values = {"reason": event.reason, "by": stamp.actor, "at": stamp.at, "entry": stamp.index}
    values["text"] = str(stamp.personal.get("text", ""))[: rules.LONGEST_PARTING]
    Parting.objects.update_or_create(bureau=event.bureau, defaults=values)


@applies(events.BureauParted)
def apply_parted(event: events.BureauParted, stamp: Stamp) -> None:
    joined = Joined.objects.get(bureau=event.bureau)
    Parted.objects.create(
        bureau=joined.bureau,
        tier=joined.tier,
        ledger=joined.ledger,
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )
    Joined.objects.filter(bureau=joined.bureau).delete()
    Parting.objects.filter(bureau=joined.bureau).delete()


@applies(events.NeighbourKeysSet)
def apply_keys_set(event: events.NeighbourKeysSet, stamp: Stamp) -> None:
    values = {"jwk": event.jwk, "cosigner": event.cosigner, "entry": stamp.index}
    NeighbourKeys.objects.update_or_create(bureau=event.bureau, defaults=values)


@applies(events.BureauRekeyed)
def apply_rekeyed(event: events.BureauRekeyed, stamp: Stamp) -> None:
    joined = Joined.objects.get(bureau=event.bureau)
    joined.kid, joined.jwk, joined.cosigner = thumbprint(event.jwk), event.jwk, event.cosigner
    joined.entry = stamp.index
    joined.save()


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
