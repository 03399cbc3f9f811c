"""What else must agree on one recording before it is stored (spec/journal.md §3, §5).

- the journal has as many minutes as the logbook counted, and the first follows the counter of the opening
  (`counter`)
- it is a drill exactly where the newest assignment before it says so: that of the ledger, which the logbook's
  line names by its index (`drill`)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zhilu.errors import DataError
from zhilu.sealed.lines import unverified_payload
from zhilu.server.equipment.models import Assignment, LogbookLine
from zhilu.server.equipment.services import logbooks
from zhilu.server.evidence.rules_gaps import Gaps
from zhilu.server.evidence.rules_measured import Measured


@dataclass
class ToldBy:
    """The counters of a journal's minutes, what is missing inside, what was measured and marked."""

    counters: list[int] = field(default_factory=list)
    gaps: Gaps = field(default_factory=Gaps)
    measured: Measured = field(default_factory=Measured)


def told_by(journal: Path) -> ToldBy:
    found = ToldBy()
    with journal.open("rb") as file:
        for payload in payloads(file):
            if payload["type"] == "minute":
                found.counters.append(payload["counter"])
            elif payload["type"] == "gap":
                found.gaps.take(payload)
            else:
                found.measured.take(payload)
    return found


def check_minutes(counters: list[int], opened: dict[str, Any], closed: dict[str, Any]) -> None:
    if len(counters) != closed.get("minutes") or counters[:1] not in ([], [opened["counter"] + 1]):
        raise DataError("counter", "The minutes of the journal are not those that the logbook counted.")


def check_drill(recorder: str, opened: int, drill: bool) -> None:
    """`opened`: number of the logbook's line that opened it."""
    lines = LogbookLine.objects.filter(recorder=recorder, type="assigned", n__lt=opened)
    newest = lines.order_by("-n").first()
    ordered, said = False, False
    if newest is not None:
        payload = logbooks.payload_of(newest)
        row = Assignment.objects.filter(id=int(payload["index"]), recorder=recorder).first()
        ordered, said = row.drill if row else not drill, payload["drill"]
    if drill is not ordered or said is not ordered:
        raise DataError("drill", "The ledger has no such assignment to a drill, or to duty.")


def payloads(lines: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """Of lines that were verified when they came."""
    return (unverified_payload(line) for line in lines)
