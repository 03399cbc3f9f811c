"""The gate: who is fit to carry a recorder on a day (spec/registers.md §3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext, gettext_lazy

from zhilu.errors import DataError
from zhilu.server.training import rules
from zhilu.server.training.models import Course, Result

KIND_WORDS = {
    rules.CONDUCT: gettext_lazy("a course in enforcement conduct"),
    rules.RECORDER: gettext_lazy("a course in the recorder"),
}


@dataclass(frozen=True)
class Fitness:
    """`missing`: names of courses, and kinds of course in the reader's language; `until`: the first day on
    which something will be missing, of who is fit.
    """

    missing: tuple[str, ...]
    until: date | None

    @property
    def is_fit(self) -> bool:
        return not self.missing


def missing_training(person: UUID | str, on: date) -> list[str]:
    """[] for who is fit."""
    one = UUID(str(person))
    return list(fitness([one], on)[one].missing)


def check_fit(person: UUID | str, on: date) -> None:
    """DataError `not-trained` says what is missing."""
    missing = missing_training(person, on)
    if missing:
        raise DataError(
            "not-trained",
            "This officer has no valid training and is given no recorder. Missing: {missing}",
            missing=gettext(", ").join(missing),
        )


def fitness(persons: Collection[UUID], on: date) -> dict[UUID, Fitness]:
    """Of all of them, in two queries."""
    courses = {row.id: row for row in Course.objects.order_by("name", "id")}
    required = [_course(row) for row in courses.values() if row.required and not row.closed]
    counting = Result.objects.filter(passed=True, withdrawn_at=None, held_on__lte=on, until__gt=on)
    if len(persons) == 1:
        counting = counting.filter(person__in=persons)
    held: dict[UUID, list[rules.Held]] = defaultdict(list)
    for person, course, until in counting.values_list("person", "course", "until"):
        held[person].append(rules.Held(_course(courses[course]), until))
    return {one: _fitness(required, held[one]) for one in persons}


def _fitness(required: list[rules.Course], held: list[rules.Held]) -> Fitness:
    missing = rules.missing(required, held)
    words = tuple(one.name if isinstance(one, rules.Course) else str(KIND_WORDS[one]) for one in missing)
    return Fitness(words, None if words else rules.fit_until(required, held))


def _course(row: Course) -> rules.Course:
    return rules.Course(row.id, row.kind, row.name)
