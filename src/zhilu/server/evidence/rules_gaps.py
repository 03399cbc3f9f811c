"""Rules about what is missing inside a recording (pure; spec/absence.md §1): `gap` lines of its journal, each
with from, to and a reason; how many and how long in all, and the hundred longest of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhilu.server.equipment.rules_logbooks import coded
from zhilu.strictjson import FieldError, fields

MOST = 100
LONGEST_US = 10 * 366 * 86_400 * 10**6
"""No recording is longer: what an entry says beyond is refused, what a journal says ends here."""


def read(gap: Any) -> dict[str, Any]:
    """One gap of an entry; FieldError."""
    got = fields(gap, {"from_us": int, "to_us": int, "reason": str})
    if not 0 <= got["from_us"] <= got["to_us"] <= LONGEST_US or len(got["reason"]) > 64:
        raise FieldError("gaps")
    return got


@dataclass
class Gaps:
    """Of a journal's payloads, however many."""

    count: int = 0
    total_us: int = 0
    _longest: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)

    def take(self, payload: Mapping[str, Any]) -> None:
        since = min(payload["from_us"], LONGEST_US)
        until = min(max(payload["to_us"], since), LONGEST_US)
        gap = {"from_us": since, "to_us": until, "reason": coded(payload["reason"])}
        length = until - since
        self.count, self.total_us = self.count + 1, self.total_us + length
        # Of two that are as long the later is the lesser.
        heapq.heappush(self._longest, (length, -self.count, gap))
        if len(self._longest) > MOST:
            heapq.heappop(self._longest)

    @property
    def longest(self) -> list[dict[str, Any]]:
        """In the order in which they came."""
        return [gap for _, _, gap in sorted(self._longest, key=lambda one: -one[1])]
