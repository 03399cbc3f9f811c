"""Coverage and agreement of reviews (spec/review.md §5): of a period, in departments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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


def coverage(first: date, last: date, where: Q) -> tuple[Coverage, list[Coverage]]:
    """All together, and by department. `where`: what is counted, of recordings and of what was drawn."""
    since, until = midnight(first), midnight(last + timedelta(days=1))
    there = Recording.objects.filter(where, opened_at__gte=since, opened_at__lt=until, drill=False)
    there = there.exclude(origin="import")
    of_officers = there.values_list("department", "officer").annotate(count=Count("id")).order_by()
    drawn = Drawn.objects.filter(where, day__gte=first, day__lte=last)
    reviewed = drawn.exclude(first_by=None)
    passed = ReviewedRecording.objects.filter(passed=True).values("recording")
    sets = {
        "drawn": _recordings(drawn.filter(draw__kind="random")),
        "reviewed": _recordings(reviewed),
        "passed": _recordings(reviewed.filter(recording__in=passed)),
    }
    seen = set(reviewed.order_by().values_list("department", "officer").distinct())
    counted = list(of_officers)
    places = sorted({place for place, _, _ in counted}, key=str)
    each = [_of(place, [one for one in counted if one[0] == place], sets, seen) for place in places]
    return _of(None, counted, sets, seen, whole=True), each


def _recordings(found: QuerySet[Drawn]) -> set[tuple[UUID | None, UUID]]:
    """With its department, each once."""
    return set(found.order_by().values_list("department", "recording").distinct())


def _of(
    place: UUID | None,
    counted: Sequence[tuple[Any, Any, int]],
    sets: Mapping[str, Collection[tuple[Any, Any]]],
    seen: Collection[tuple[Any, Any]],
    whole: bool = False,
) -> Coverage:
    def here(found: Collection[tuple[Any, Any]]) -> list[Any]:
        return [what for department, what in found if whole or department == place]

    return Coverage(
        department=place,
        recordings=sum(count for _, _, count in counted),
        officers=len({officer for _, officer, _ in counted if officer}),
        officers_reviewed=len({officer for officer in here(seen) if officer}),
        **{name: len(here(found)) for name, found in sets.items()},
    )


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
