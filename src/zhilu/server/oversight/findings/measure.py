"""How well the rules find what somebody has labelled (spec/oversight.md §5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Named = tuple[str, str]
"""Rule and subject."""


@dataclass(frozen=True)
class Measure:
    rule: str
    found: int
    labelled: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 1.0


def measure(found: set[Named], labels: set[Named], rules: Iterable[str]) -> list[Measure]:
    return [
        Measure(rule, _count(found, rule), _count(labels, rule), _count(found & labels, rule))
        for rule in sorted(set(rules))
    ]


def _count(named: set[Named], rule: str) -> int:
    return sum(one[0] == rule for one in named)
