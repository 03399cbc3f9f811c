"""Coverage and agreement of reviews (spec/review.md §5): of a period, in departments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from zhilu.server.evidence.models import Recording
from zhilu.server.ledger.clock import midnight
from zhilu.server.oversight.models import Drawn, FootageReview, ReviewedRecording
from zhilu.server.oversight.rules_reviews import kappa


@dataclass(frozen=True)
class Coverage:
    """Of a department, or of all: recordings; drawn at random, reviewed and passed among them; officers with
    recordings, and those of whom one was reviewed.
    """

    department: UUID | None
    recordings: int
    drawn: int
    reviewed: int
    passed: int
    officers: int
    officers_reviewed: int


@dataclass(frozen=True)
class Agreement:
    """Of recordings reviewed twice: how many, of these with the same result; items answered twice, of these
    alike; Cohen's kappa or None; by item how often the two differ, most often first.
    """

    twice: int
    same_result: int
    items: int
    alike: int
    kappa: float | None
    differing: tuple[tuple[str, int], ...]


def _recordings(first: date, last: date, where: Q) -> QuerySet[Recording]:
    since, until = midnight(first), midnight(last + timedelta(days=1))
    return Recording.objects.filter(where, opened_at__gte=since, opened_at__lt=until, drill=False).exclude(
        origin="import"
    )


def coverage(first: date, last: date, where: Q) -> tuple[Coverage, list[Coverage]]:
    """All together, and by department. `where`: what of the recordings is counted."""
    reviews = FootageReview.objects.filter(recording=OuterRef("id"))
    passed = ReviewedRecording.objects.filter(recording=OuterRef("id"), passed=True)
    random = Drawn.objects.filter(recording=OuterRef("id"), draw__kind="random")
    found = _recordings(first, last, where).annotate(
        is_drawn=Exists(random),
        is_reviewed=Exists(reviews),
        is_passed=Exists(passed),
    )
    figures: dict[str, Any] = {
        "recordings": Count("id"),
        "drawn": Count("id", filter=Q(is_drawn=True)),
        "reviewed": Count("id", filter=Q(is_reviewed=True)),
        "passed": Count("id", filter=Q(is_passed=True)),
        "officers": Count("officer", distinct=True),
        "officers_reviewed": Count("officer", filter=Q(is_reviewed=True), distinct=True),
    }
    rows = found.values("department").annotate(**figures).order_by("department")
    whole: Mapping[str, Any] = found.aggregate(**figures)
    return _coverage(None, whole), [_coverage(one["department"], one) for one in rows]


def _coverage(department: UUID | None, counted: Mapping[str, Any]) -> Coverage:
    names = [one.name for one in fields(Coverage)][1:]
    return Coverage(department, *(counted[name] for name in names))


def agreement(first: date, last: date, where: Q) -> Agreement:
    """`where`: of the reviews."""
    twice = FootageReview.objects.filter(where, drawn__day__gte=first, drawn__day__lte=last)
    second = Exists(FootageReview.objects.filter(drawn=OuterRef("drawn"), level=2))
    rows = twice.filter(second).order_by("drawn", "level").values_list("drawn", "passed", "answers")
    pairs: list[tuple[str, str, str]] = []
    same = count = 0
    for _, both in groupby(rows, key=lambda one: one[0]):
        (_, passed, answers), (_, again, other) = tuple(both)[:2]
        count, same = count + 1, same + (passed == again)
        pairs += [(item, said, other[item]) for item, said in answers.items() if item in other]
    return _agreement(count, same, pairs)


def _agreement(count: int, same: int, pairs: Sequence[tuple[str, str, str]]) -> Agreement:
    differing: dict[str, int] = {}
    for item, said, other in pairs:
        if said != other:
            differing[item] = differing.get(item, 0) + 1
    alike = len(pairs) - sum(differing.values())
    often = tuple(sorted(differing.items(), key=lambda one: (-one[1], one[0])))
    return Agreement(count, same, len(pairs), alike, kappa([pair[1:] for pair in pairs]), often)
