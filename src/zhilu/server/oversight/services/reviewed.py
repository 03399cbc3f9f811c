"""What reviews found, for whoever counts on (spec/review.md §5). Tables only; no clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from django.db.models import Q

from zhilu.server.ledger.clock import day_of
from zhilu.server.oversight.models import FootageReview
from zhilu.server.oversight.rules_reviews import SECOND_PERIOD


@dataclass(frozen=True)
class Failed:
    """A recording that did not pass, for good. `day`: the recording's, in Beijing; `items`: those answered
    no, by the review that decided; `second`: that was the second one. `at`: since when it is final; `by`: who
    reviewed it, first and second.
    """

    review: UUID
    recording: UUID
    act: UUID | None
    officer: UUID | None
    department: UUID | None
    day: date
    items: tuple[str, ...]
    second: bool
    at: datetime
    by: tuple[UUID, ...]


def failed(first: date, last: date, as_of: datetime) -> list[Failed]:
    """Of recordings of these days, as it stood at `as_of`."""
    return judged(read(first, last, as_of), as_of)


def read(first: date, last: date, as_of: datetime, since: datetime | None = None) -> list[FootageReview]:
    """Up to `as_of`, of whatever did not pass some review; by what was drawn, first and second. `since`: of
    days before, what became final earlier need not be among them.
    """
    rows = FootageReview.objects.filter(drawn__day__gte=first, drawn__day__lte=last, at__lte=as_of)
    not_passed = rows.filter(passed=False)
    if since:
        not_passed = not_passed.filter(Q(at__gte=since - SECOND_PERIOD) | Q(drawn__day__gte=day_of(since)))
    rows = rows.filter(drawn__in=not_passed.values("drawn")).defer("answers", "comment")
    return list(rows.select_related("drawn").order_by("drawn", "level"))


def judged(reviews: Iterable[FootageReview], as_of: datetime) -> list[Failed]:
    """What stood as not passed at `as_of`: where a second review found the same, or where none was made in
    time. Of one recording in several draws one, that which became final last.
    """
    found: dict[UUID, Failed] = {}
    for one in _failed((one for one in reviews if one.at <= as_of), as_of):
        before = found.get(one.recording)
        if before is None or (before.at, before.review.int) < (one.at, one.review.int):
            found[one.recording] = one
    return sorted(found.values(), key=lambda one: (one.day, one.recording.int))


def _failed(reviews: Iterable[FootageReview], as_of: datetime) -> Iterator[Failed]:
    for _, same in groupby(reviews, key=lambda one: one.drawn_id):
        both = list(same)
        decided, second = both[-1], len(both) > 1
        final = decided.at if second else decided.at + SECOND_PERIOD
        if not decided.passed and final <= as_of:
            yield Failed(
                decided.id,
                decided.recording,
                decided.act,
                decided.officer,
                decided.department,
                decided.drawn.day,
                tuple(decided.failed),
                second,
                final,
                tuple(one.by for one in both),
            )
