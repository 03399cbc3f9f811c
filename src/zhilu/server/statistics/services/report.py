"""The report of a period (spec/statistics.md §4): counted from the rows of each ledger, at a size it says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings

from zhilu import strictjson
from zhilu.encoding import format_time
from zhilu.errors import WorldError
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services import tree
from zhilu.server.oversight.models import Match
from zhilu.server.oversight.services import kept, standing
from zhilu.server.statistics import rules
from zhilu.server.statistics.services import counting, tallies
from zhilu.server.statistics.services.counting import Asked
from zhilu.strictjson import MAX_INT

TYPE = "zhilu-statistics/1"
LONGEST = 64 * 2**20
TRIES, PAUSE_S = 10, 0.2
SECTIONS: dict[str, tuple[str, ...]] = {
    "departments": ("department",),
    "officers": ("officer",),
    "procedures": ("class_code", "procedure"),
    "days": ("day",),
}
"""Part of the report → what it is counted by."""
Counted = dict[str, Any]


def make(first: date, last: date, departments: frozenset[UUID] | None = None) -> dict[str, Any]:
    """`departments`: of the own bureau, those only; None for all that is counted here."""
    bureaus = ledgers.bureaus() if departments is None else [ledgers.own()]
    asked = Asked(first, last, departments)
    return {
        "type": TYPE,
        "bureau": settings.ZHILU.bureau,
        "tier": settings.ZHILU.tier,
        "made": format_time(now()),
        "first": str(first),
        "last": str(last),
        "departments": None if departments is None else sorted(map(str, departments)),
        "ledgers": [_of_ledger(bureau, asked) for bureau in bureaus],
    }


def to_bytes(report: dict[str, Any]) -> bytes:
    return strictjson.dumps(report)


def _of_ledger(bureau: str, asked: Asked) -> dict[str, Any]:
    state, code = ledgers.state(bureau)
    matched = kept.of_days(bureau, asked.first, asked.last)
    with ledgers.of(bureau):
        size, counted = _settled(bureau, lambda size: _counted(asked, matched, size))
        stands = tallies.standing_of(bureau, size)
        root = stands.root or tree.recomputed_root(size).hex()
    known = {"size": stands.checkpoint, "sha256": stands.sha256} if stands.checkpoint else None
    head = {"bureau": bureau, "size": size, "root": root, "checkpoint": known, "state": state, "code": code}
    return head | counted


def _counted(asked: Asked, known: kept.Kept | None, size: int) -> Counted:
    """By the matches that are kept, where they follow from the same entries."""
    as_of = standing.newest()
    is_known = known is not None and known.size == size and known.as_of >= as_of
    return counted_here(asked, as_of, kept.standing_at(known, as_of) if known and is_known else None)


def _settled(bureau: str, count: Callable[[int], Counted]) -> tuple[int, Counted]:
    """Counted while nothing came in: so it follows from just so many entries."""
    for _ in range(TRIES):
        size = ledgers.applied(bureau)
        counted = count(size)
        if ledgers.applied(bureau) == size:
            return size, counted
        time.sleep(PAUSE_S)
    raise WorldError(
        "statistics-moving",
        "Entries of {bureau} come in faster than they are counted: try again later.",
        bureau=bureau,
    )


def counted_here(asked: Asked, as_of: int, matched: Iterable[Match] | None = None) -> Counted:
    """Of the ledger in whose database one stands. What is 0 is left out. `as_of`: when its newest entry was
    made, in seconds since 1970: so long the time of a task may run. `matched`: where the tasks stood then, if
    it is known.
    """
    found: Counted = {}
    tasks = list(standing.of_days(asked.first, asked.last, as_of) if matched is None else matched)
    here = counting.here()
    for name, keys in SECTIONS.items():
        rows = counting.count(asked, *keys)
        counting.add_tasks(rows, asked, keys, tasks, here)
        found[name] = [[*map(_said, key), _only(numbers)] for key, numbers in rows.items()]
    issued = rules.issued_in(counting.issues(asked.departments), rules.Bucket(asked.first, asked.last))
    used = counting.used_recorders(asked.first, asked.last)
    whole = rules.total(row[-1] for row in found["days"]) + rules.use(issued, used)
    for department in {one.department for one in issued}:
        _add_use(
            found["departments"], department, [one for one in issued if one.department == department], used
        )
    for name in SECTIONS:
        found[name].sort(key=lambda row: [one or "" for one in row[:-1]])
    return {"whole": _only(whole), **found}


def _add_use(rows: list[Any], department: object, issued: list[rules.Issued], used: set[str]) -> None:
    row = next((one for one in rows if one[0] == str(department)), None)
    if row is None:
        rows.append(row := [str(department), {}])
    row[-1].update(_only(rules.use(issued, used)))


def _said(key: object) -> str | None:
    return None if key is None else str(key)


def _only(numbers: rules.Numbers) -> dict[str, int]:
    return {
        name: min(numbers[name], MAX_INT)
        for name in (*rules.NUMBERS, *rules.OF_RECORDERS)
        if numbers.get(name)
    }
