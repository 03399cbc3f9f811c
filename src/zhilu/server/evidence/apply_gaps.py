"""How gaps inside recordings follow from the ledger (spec/absence.md §1)."""

from __future__ import annotations

from datetime import timedelta

from zhilu.errors import DataError
from zhilu.server.equipment.apply_logbooks import check_own
from zhilu.server.evidence import events_gaps as events
from zhilu.server.evidence import rules_gaps as rules
from zhilu.server.evidence.models import Gap, Recording
from zhilu.server.ledger.events import Stamp, applies, checks


@checks(events.RecordingGaps)
def check_gaps(event: events.RecordingGaps, stamp: Stamp) -> None:
    check_own(stamp)
    if not Recording.objects.filter(id=event.recording).exists():
        raise DataError("recording-unknown", "No such recording is stored.")
    if Gap.objects.filter(recording=event.recording).exists():
        raise DataError("gaps-known", "The gaps of this recording have been entered already.")
    for one in event.gaps:
        rules.read(one)


@applies(events.RecordingGaps)
def apply_gaps(event: events.RecordingGaps, stamp: Stamp) -> None:
    recording = Recording.objects.only("recorder", "opened_at").filter(id=event.recording).first()
    if recording is None:
        return  # its own bureau did not check it: of what is not stored nothing is missing inside
    for place, one in enumerate(event.gaps[: rules.MOST]):
        gap = rules.read(one)
        Gap.objects.create(
            id=f"{event.recording}/{place}",
            recording=event.recording,
            recorder=recording.recorder,
            since=recording.opened_at + timedelta(microseconds=gap["from_us"]),
            until=recording.opened_at + timedelta(microseconds=gap["to_us"]),
            reason=gap["reason"],
            entry=stamp.index,
        )
