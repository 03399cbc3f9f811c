"""Who is fit to carry a recorder (pure; spec/registers.md §3).

- A result is passed at or above the course's pass score, and valid from its day, `valid_days` long.
- Fit is who has, on that day, a valid passed result of each open required course, and of at least one course
  of kind `conduct` and one of kind `recorder`. A bureau without courses has nobody who is fit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from zhilu.errors import DataError

CONDUCT, RECORDER, DRILL = "conduct", "recorder", "drill"
KINDS = (CONDUCT, RECORDER, DRILL)
NEEDED = (CONDUCT, RECORDER)
MOST_SCORE = 100
MOST_DAYS = 3_660
LONGEST_NOTE = 500


class Course(Protocol):
    """What the rules ask of a course."""

    name: str
    kind: str
    required: bool
    closed: bool


@dataclass(frozen=True)
class Held:
    """A passed result: of which course and kind, valid from a day to the day before another."""

    course: str
    kind: str
    since: date
    until: date

    def counts(self, on: date) -> bool:
        return self.since <= on < self.until


def check_course(kind: str, valid_days: int, pass_score: int) -> None:
    if kind not in KINDS or not 1 <= valid_days <= MOST_DAYS or not 1 <= pass_score <= MOST_SCORE:
        raise DataError(
            "course",
            "A course has a kind, is valid for 1 to {days} days, and is passed at 1 to 100 points.",
            days=MOST_DAYS,
        )


def check_result(held_on: date, score: int, passed: bool, pass_score: int, today: date) -> None:
    if held_on > today:
        raise DataError("training", "A training was held today or before.")
    if score > MOST_SCORE or passed != (score >= pass_score):
        raise DataError(
            "training", "A result has 0 to 100 points; it is passed at {pass_score}.", pass_score=pass_score
        )


def valid_until(held_on: date, valid_days: int) -> date:
    """The first day on which it no longer counts."""
    return held_on + timedelta(days=valid_days)


def missing(courses: Iterable[tuple[str, Course]], held: Collection[Held], on: date) -> list[str]:
    """Names of the required courses that are missing on that day, then kinds of which none is held."""
    counting = [one for one in held if one.counts(on)]
    have, kinds = {one.course for one in counting}, {one.kind for one in counting}
    wanted = [
        course.name for id_, course in courses if course.required and not course.closed and id_ not in have
    ]
    return wanted + [kind for kind in NEEDED if kind not in kinds]
