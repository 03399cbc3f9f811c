"""How the lengthening of retention follows from the ledger. Who may: who may write to an act of it, and the
head of its unit.
"""

from __future__ import annotations

from zhilu.errors import DataError
from zhilu.server.evidence import events_keeping as events
from zhilu.server.evidence import rules_keeping as rules
from zhilu.server.evidence.models import Lengthened, Recording
from zhilu.server.evidence.services import keeping
from zhilu.server.evidence.writers import may_lengthen, rights_of_actor
from zhilu.server.ledger.events import Stamp, applies, checks


@checks(events.RetentionLengthened)
def check_lengthened(event: events.RetentionLengthened, stamp: Stamp) -> None:
    recording = Recording.objects.filter(id=event.recording).first()
    if recording is None:
        raise DataError("recording-unknown", "No such recording is stored.")
    if not may_lengthen(recording, rights_of_actor(stamp.actor)):
        raise DataError("keep-own", "An officer of an act of it, or the head of its unit, lengthens this.")
    rules.check_longer(event.keep, keeping.keep_of([recording.id])[recording.id], event.reason)


@applies(events.RetentionLengthened)
def apply_lengthened(event: events.RetentionLengthened, stamp: Stamp) -> None:
    Lengthened.objects.create(
        id=stamp.index,
        recording=event.recording,
        keep=event.keep,
        reason=event.reason,
        text=str(stamp.personal.get("text", ""))[: rules.LONGEST_TEXT],
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )
