"""Stretches of time: half open, in whole seconds, and as a list sorted and apart from each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

Stretch = tuple[int, int]


def union(many: Iterable[Stretch]) -> list[Stretch]:
    found: list[Stretch] = []
    for since, until in sorted(many):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        elif since < until:
            found.append((since, until))
    return found


def less(many: Sequence[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    """What of `many` is in none of `others`; both sorted and apart."""
    found = []
    for since, until in many:
        for begin, end in others:
            if end <= since:
                continue
            if begin >= until:
                break
            if since < begin:
                found.append((since, begin))
            since = end
        if since < until:
            found.append((since, until))
    return found


def within(many: Sequence[Stretch], since: int, until: int) -> list[Stretch]:
    return [(max(a, since), min(b, until)) for a, b in many if a < until and b > since]


def apart(many: Sequence[Stretch]) -> list[Stretch]:
    """What lies between them."""
    return [(end, begin) for (_, end), (begin, _) in pairwise(many)]


def longer(many: Iterable[Stretch], seconds: int) -> list[Stretch]:
    return [(since, until) for since, until in many if until - since > seconds]
