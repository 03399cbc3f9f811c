"""How copies follow from the ledger (spec/copies.md §1).

The keyholder checked what the viewer signed. The county refuses what its own tables contradict: a copy of
what was not approved as one, for another recipient, of more than was approved, or for which no key was
released. One approval may serve again, for the same recipient: each copy is an entry.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from zhilu.errors import DataError
from zhilu.server.evidence import events_copies as events
from zhilu.server.evidence.models import Copy, KeyRelease, Viewing, ViewingSpan
from zhilu.server.ledger.events import Stamp, applies, checks


@checks(events.CopyMade)
def check_copy(event: events.CopyMade, stamp: Stamp) -> None:
    viewing = Viewing.objects.filter(id=event.viewing, kind="copy", approved=True).first()
    if viewing is None:
        raise DataError("not-approved", "No copy was approved under this viewing.")
    if viewing.recipient_key != event.recipient:
        raise DataError("copy-recipient", "The copy was approved for another recipient.")
    span = ViewingSpan.objects.filter(viewing=viewing, recording=event.recording).first()
    if span is None or not span.first <= event.from_ <= event.to <= span.last:
        raise DataError("copy-span", "The copy holds more than was approved.")
    if not KeyRelease.objects.filter(viewing=event.viewing, recording=event.recording).exists():
        raise DataError("not-released", "No key was released for this recording and viewing.")


@applies(events.CopyMade)
def apply_copy(event: events.CopyMade, stamp: Stamp) -> None:
    Copy.objects.create(
        id=uuid5(UUID(event.viewing), str(stamp.index)),
        viewing_id=event.viewing,
        recording=event.recording,
        first=event.from_,
        last=event.to,
        recipient_key=event.recipient,
        sha256=event.sha256,
        length=event.length,
        at=stamp.at,
        entry=stamp.index,
    )
