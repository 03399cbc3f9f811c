"""What is missing inside a recording (spec/absence.md §1)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Id, JsonList, Natural


@event("recording-gaps/1", subject="recording")
class RecordingGaps:
    """How often nothing came from the camera, and how long in all; `gaps`: the longest, [{"from_us", "to_us",
    "reason"}]."""

    recording: Id
    count: Natural
    total_us: Natural
    gaps: JsonList
