"""The gate: whether somebody may be given a recorder on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from zhilu.errors import DataError
from zhilu.server.training import rules
from zhilu.server.training.models import Course, Result


def missing_training(person: UUID | str, on: date) -> list[str]:
    """Names of required courses, and kinds, that are missing; [] = fit."""
    return missing_of([UUID(str(person))], on)[UUID(str(person))]


def missing_of(persons: Iterable[UUID], on: date) -> dict[UUID, list[str]]:
    """The same for many, in two queries."""
    wanted = list(persons)
    courses = [(str(one.id), one) for one in Course.objects.order_by("name", "id")]
    held: dict[UUID, list[rules.Held]] = defaultdict(list)
    passed = Result.objects.filter(person__in=wanted, passed=True, withdrawn_at=None, until__gt=on)
    for row in passed.select_related("course"):
        held[row.person].append(rules.Held(str(row.course_id), row.course.kind, row.held_on, row.until))
    return {person: rules.missing(courses, held[person], on) for person in wanted}


def check_fit(person: UUID | str, on: date) -> None:
    """DataError `not-trained` says what is missing."""
    lacking = missing_training(person, on)
    if lacking:
        raise DataError(
            "not-trained",
            "This officer has no valid training and is given no recorder: {missing}.",
            missing=", ".join(lacking),
        )
