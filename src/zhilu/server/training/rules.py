"""Rules about training (pure; spec/registers.md §3).

- Nobody records his own results: the gate would be his.
- A course has one kind for good: enforcement conduct, the recorder, or a staged drill.
- Passed is who reached the course's score as it then was. A result counts from the day it was held,
  `valid_days` long as the course then said: a course that changes leaves results alone.
- The gate: fit is who has, on that day, a valid passed result of each open required course, of one course of
  `conduct` at least and of one of `recorder`. Where no such course exists nobody is fit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from zhilu.errors import DataError

CONDUCT, RECORDER, DRILL = "conduct", "recorder", "drill"
KINDS = (CONDUCT, RECORDER, DRILL)
GATED = (CONDUCT, RECORDER)
BEST_SCORE = 100
MOST_DAYS = 3_660
LONGEST_NOTE = 500
EARLIEST = date(1990, 1, 1)


@dataclass(frozen=True)
class Course:
    id: UUID
    kind: str
    name: str


@dataclass(frozen=True)
class Held:
    """A passed result that counts on the day in question, until the day before `until`."""

    course: Course
    until: date


def check_course(kind: str, valid_days: int, pass_score: int) -> None:
    if kind not in KINDS:
        raise DataError("course-kind", "There is no kind of course {kind}.", kind=kind)
    if not 1 <= valid_days <= MOST_DAYS:
        raise DataError("course-days", "A result is valid for 1 to {most} days.", most=MOST_DAYS)
    check_score(pass_score)


def check_kind_kept(before: str, kind: str) -> None:
    if before != kind:
        raise DataError("course-kind", "A course keeps its kind: close it, and make another.")


def check_other(actor: str, person: str) -> None:
    if actor == person:
        raise DataError("training-self", "Nobody records a training of his own.")


def check_score(score: int) -> None:
    if score > BEST_SCORE:
        raise DataError("training-score", "A score is 0 to {best}.", best=BEST_SCORE)


def check_result(score: int, pass_score: int, passed: bool, held_on: date, today: date) -> None:
    check_score(score)
    if passed != (score >= pass_score):
        raise DataError("training", "Passed is who reached {pass_score}.", pass_score=pass_score)
    if not EARLIEST <= held_on <= today:
        raise DataError("training-date", "A training was held today or before, and not before 1990.")


def until(held_on: date, valid_days: int) -> date:
    """The first day on which a result counts no more."""
    return held_on + timedelta(days=valid_days)


def missing(required: Iterable[Course], held: Iterable[Held]) -> list[Course | str]:
    """What stands between somebody and a recorder: courses, and kinds of which none is held. A kind is not
    named beside a missing course of that kind.
    """
    has = [one.course for one in held]
    ids = {one.id for one in has}
    courses = [one for one in required if one.id not in ids]
    kinds = {one.kind for one in (*has, *courses)}
    return [*courses, *(kind for kind in GATED if kind not in kinds)]


def fit_until(required: Iterable[Course], held: Iterable[Held]) -> date:
    """Of somebody to whom nothing is missing: the first day on which something will be."""
    held = list(held)
    ends = [max(one.until for one in held if one.course.id == course.id) for course in required]
    return min(ends + [max(one.until for one in held if one.course.kind == kind) for kind in GATED])
