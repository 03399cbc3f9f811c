"""Rules about what a recorder measured and an officer marked (pure; spec/absence.md §1): `quality` and `mark`
lines of a journal. Of each kind of stretch how many, how long in all, and the hundred longest.

Marks are kept all where they are few. Of more than a thousand only those that lie a second, two, four … after
the one that was kept before, the least that leaves so many: so what a thousand cannot hold is thinned where
it is thick, and a mark that stands alone stays.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhilu.server.evidence.rules_gaps import LONGEST_US, MOST, Gaps
from zhilu.strictjson import FieldError

MOST_MARKS = 1000
SECOND_US = 10**6
BLACK, SILENT = KINDS = ("black", "silent")


@dataclass
class Measured:
    """Of a journal's payloads, however many."""

    stretches: dict[str, Gaps] = field(default_factory=lambda: {kind: Gaps() for kind in KINDS})
    _marks: array[int] = field(default_factory=lambda: array("q"))

    def take(self, payload: Mapping[str, Any]) -> None:
        if payload["type"] == "mark":
            self._marks.append(min(payload["pts_us"], LONGEST_US))
        elif payload["type"] == "quality" and payload["reason"] in KINDS:
            self.stretches[payload["reason"]].take(payload)

    @property
    def is_empty(self) -> bool:
        return not self._marks and not any(one.count for one in self.stretches.values())

    @property
    def mark_count(self) -> int:
        return len(self._marks)

    @property
    def marks(self) -> list[int]:
        """In the order of time, each once."""
        kept, step = sorted(set(self._marks)), SECOND_US
        while len(kept) > MOST_MARKS:
            kept, step = _apart(kept, step), 2 * step
        return kept

    def longest(self, kind: str) -> list[list[int]]:
        return [[one["from_us"], one["to_us"]] for one in self.stretches[kind].longest]


def read_marks(marks: Any) -> list[int]:
    """Of an entry; FieldError."""
    if len(marks) > MOST_MARKS or not all(map(_is_time, marks)):
        raise FieldError("marks")
    return list(marks)


def read_stretches(name: str, stretches: Any) -> list[list[int]]:
    """Of an entry; FieldError."""
    if len(stretches) > MOST or not all(map(_is_stretch, stretches)):
        raise FieldError(name)
    return [list(one) for one in stretches]


def _is_stretch(one: Any) -> bool:
    return isinstance(one, list) and len(one) == 2 and all(map(_is_time, one)) and one[0] <= one[1]


def _is_time(one: Any) -> bool:
    return type(one) is int and 0 <= one <= LONGEST_US


def _apart(marks: Iterable[int], step: int) -> list[int]:
    kept: list[int] = []
    for one in marks:
        if not kept or one - kept[-1] >= step:
            kept.append(one)
    return kept
