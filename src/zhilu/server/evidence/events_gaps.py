"""What is missing inside a recording, and what was measured and marked in it (spec/absence.md §1)."""

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


@event("recording-measured/1", subject="recording")
class RecordingMeasured:
    """`marks`: µs, a thousand at most; `black`, `silent`: the longest, [[from_us, to_us]], with how many
    there are and how long they are in all."""

    recording: Id
    marks: JsonList
    black_count: Natural
    black_us: Natural
    black: JsonList
    silent_count: Natural
    silent_us: Natural
    silent: JsonList
