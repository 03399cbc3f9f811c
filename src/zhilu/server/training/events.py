"""Events about training (spec/registers.md §3)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Date, Id, Natural, Text


@event("course-set/1", subject="course", by=("trainer",))
class CourseSet:
    """A course as it is from now on; results keep what they were given under."""

    course: Id
    kind: Code
    name: Text
    valid_days: Natural
    pass_score: Natural
    required: bool
    closed: bool


@event("training-recorded/1", subject="person", by=("trainer",))
class TrainingRecorded:
    """Somebody's result. `recording`: a stored drill, or null. Personal: note."""

    result: Id
    course: Id
    person: Id
    held_on: Date
    score: Natural
    passed: bool
    recording: Id | None


@event("training-withdrawn/1", subject="result", by=("trainer",))
class TrainingWithdrawn:
    result: Id
    reason: Text
