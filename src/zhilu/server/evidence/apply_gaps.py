"""How gaps inside recordings, and what was measured and marked in them, follow from the ledger
(spec/absence.md §1).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from zhilu.errors import DataError
from zhilu.server.equipment.apply_logbooks import check_own
from zhilu.server.evidence import events_gaps as events
from zhilu.server.evidence import rules_gaps as rules
from zhilu.server.evidence import rules_measured
from zhilu.server.evidence.models import Gap, Measured, Recording
from zhilu.server.ledger import waiting
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.strictjson import FieldError


@checks(events.RecordingGaps)
def check_gaps(event: events.RecordingGaps, stamp: Stamp) -> None:
    _check_stored(event.recording, stamp)
    if Gap.objects.filter(recording=event.recording).exists():
        raise DataError("gaps-known", "The gaps of this recording have been entered already.")
    if len(event.gaps) > rules.MOST:
        raise FieldError("gaps")
    for one in event.gaps:
        rules.read(one)


def _check_stored(recording: str, stamp: Stamp) -> None:
    check_own(stamp)
    if not Recording.objects.filter(id=recording).exists():
        raise DataError("recording-unknown", "No such recording is stored.")


@applies(events.RecordingGaps)
def apply_gaps(event: events.RecordingGaps, stamp: Stamp) -> None:
    recording = Recording.objects.only("recorder", "opened_at").filter(id=event.recording).first()
    gaps = {
        f"{event.recording}/{place}": rules.read(one) for place, one in enumerate(event.gaps[: rules.MOST])
    }
    known = waiting.get(Gap, gaps)
    if recording is None or known:
        return  # not stored, or told twice: its own bureau did not check it; the first stays
    for key, gap in gaps.items():
        row = Gap(
            id=key,
            recording=UUID(event.recording),
            recorder=recording.recorder,
            since=recording.opened_at + timedelta(microseconds=gap["from_us"]),
            until=recording.opened_at + timedelta(microseconds=gap["to_us"]),
            reason=gap["reason"],
            entry=stamp.index,
        )
        waiting.put(row)


@checks(events.RecordingMeasured)
def check_measured(event: events.RecordingMeasured, stamp: Stamp) -> None:
    _check_stored(event.recording, stamp)
    if Measured.objects.filter(recording=event.recording).exists():
        raise DataError("measured-known", "What was measured in this recording has been entered already.")
    _measured(event)


@applies(events.RecordingMeasured)
def apply_measured(event: events.RecordingMeasured, stamp: Stamp) -> None:
    recording = UUID(event.recording)
    if waiting.get(Measured, [recording]) or not Recording.objects.filter(id=recording).exists():
        return  # as with gaps
    waiting.put(Measured(recording=recording, entry=stamp.index, **_measured(event)))


def _measured(event: events.RecordingMeasured) -> dict[str, Any]:
    """FieldError."""
    counts = ("black_count", "black_us", "silent_count", "silent_us")
    lists = {name: rules_measured.read_stretches(name, getattr(event, name)) for name in rules_measured.KINDS}
    said = {"marks": rules_measured.read_marks(event.marks), **lists}
    return said | {name: getattr(event, name) for name in counts}
