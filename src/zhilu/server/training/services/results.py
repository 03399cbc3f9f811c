"""Courses are set, results recorded and withdrawn (spec/registers.md §3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all
from zhilu.server.training import events
from zhilu.server.training.models import Course, Result


def set_course(
    actor: UUID,
    course: UUID | None,
    *,
    kind: str,
    name: str,
    valid_days: int,
    pass_score: int,
    required: bool,
    closed: bool,
) -> None:
    """A new one, where `course` is None."""
    event = events.CourseSet(
        str(course or new_id()), kind, name, valid_days, pass_score, required=required, closed=closed
    )
    commit(event, str(actor))


def record(
    actor: UUID,
    course: Course,
    held_on: date,
    scores: Mapping[UUID, int],
    *,
    recording: str | None = None,
    note: str = "",
) -> None:
    """A class of officers at once: all of them, or none."""
    personal = {"note": note} if note else None
    commit_all(
        [
            Proposal(_result(course, held_on, person, score, recording), str(actor), personal)
            for person, score in scores.items()
        ]
    )


def withdraw(actor: UUID, result: UUID, reason: str) -> None:
    commit(events.TrainingWithdrawn(str(result), reason), str(actor))


def recorded_already(course: UUID, held_on: date, scores: Mapping[UUID, int]) -> Collection[UUID]:
    """Those of whom this very result stands."""
    rows = Result.objects.filter(course=course, held_on=held_on, withdrawn_at=None)
    standing = set(rows.values_list("person", "score"))
    return {person for person, score in scores.items() if (person, score) in standing}


def _result(
    course: Course, held_on: date, person: UUID, score: int, recording: str | None
) -> events.TrainingRecorded:
    return events.TrainingRecorded(
        str(new_id()),
        str(course.id),
        str(person),
        held_on.isoformat(),
        score,
        score >= course.pass_score,
        recording,
    )
