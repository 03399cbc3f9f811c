"""A neighbour's rows against those of its mirror (spec/federation.md §6): does its own database say what its
ledger says?

Table by table in the order of the keys, a thousand rows a question: a digest of all of them first, and only
where that is another one, of each value. A difference counts where both sides follow from the same number of
entries; `wait` gives the mirror time to come that far.

What the neighbour answers is its word. It finds whoever edited past a server that knows nothing of it; not
who answers out of a clean copy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from zhilu.errors import DataError, WorldError
from zhilu.protocols.rows import MOST_ROWS, Rows
from zhilu.server.federation.services import mirror, telling
from zhilu.server.ledger.services.audit import MOST_FINDINGS
from zhilu.server.ledger.services.reader import Finding

TRIES, WAIT_S = 60, 1.0
MOST_S = 3600.0
ENTRIES = "ledger.entry"
_OTHER = {
    "refusal-table-unknown": "not of its release",
    "refusal-rows-unreadable": "unreadable",
    "rows": "no answer of any form",
}
Wait = Callable[[], None]


class Told(Protocol):
    def rows(self, table: str, after: str | None, count: int, *, each: bool) -> Rows: ...


@dataclass
class Compared:
    """How many rows were told of, as of how many entries, and what differs, the first hundred."""

    rows: int
    size: int
    findings: list[Finding]


def compare(bureau: str, source: Told, wait: Wait | None = None) -> Compared:
    """WorldError where the neighbour does not answer, or the mirror does not come as far as it is."""
    return _Comparison(bureau, source, wait or (lambda: time.sleep(WAIT_S))).run()


class _Comparison:
    def __init__(self, bureau: str, source: Told, wait: Wait) -> None:
        self._bureau, self._source, self._wait = bureau, source, wait
        self._until = time.monotonic() + MOST_S
        self._done = Compared(0, 0, [])

    def run(self) -> Compared:
        for table in telling.tables():
            for one in self._table(table):
                self._done.findings.append(one)
                if len(self._done.findings) == MOST_FINDINGS:
                    return self._done
        return self._done

    def _table(self, table: str) -> Iterator[Finding]:
        after: str | None = None
        while True:
            try:
                told, findings = self._range(table, after)
            except DataError as error:
                if error.code not in _OTHER:
                    raise
                yield Finding(table, _OTHER[error.code])
                return
            self._done.rows += told.count
            yield from findings
            if told.last is None:
                return
            after = told.last

    def _range(self, table: str, after: str | None) -> tuple[Rows, list[Finding]]:
        """What the neighbour tells of the rows after a key, and what of it is otherwise here."""
        told, mine = self._both(table, after, each=False)
        if told.columns == mine.columns and told.digest == mine.digest:
            return told, []
        for _ in range(TRIES):
            told, mine = self._both(table, after, each=True)
            if told.columns != mine.columns:
                return Rows(told.size, (), 0, None, ""), [Finding(table, "not of this release")]
            if told.size == mine.size:
                found = list(_differing(table, told, mine))
                is_odd = not found and told.digest != mine.digest
                return told, [Finding(table, _OTHER["rows"])] if is_odd else found
            self._wait()
        raise WorldError(
            "compare-behind",
            "{bureau} has {told} entries and {mine} of them are applied here: compare again later.",
            bureau=self._bureau,
            told=told.size,
            mine=mine.size,
        )

    def _both(self, table: str, after: str | None, *, each: bool) -> tuple[Rows, Rows]:
        if time.monotonic() > self._until:
            raise WorldError("compare-long", "{bureau} answers too slowly.", bureau=self._bureau)
        told = self._source.rows(table, after, MOST_ROWS, each=each)
        with mirror.of(self._bureau):
            # Beyond twice as many there are more differences than are wanted.
            mine = telling.rows(table, after, 2 * MOST_ROWS, last=told.last, each=each, size=_applied)
        self._done.size = max(self._done.size, told.size)
        return told, mine


def _applied() -> int:
    return mirror.known()[2]


def _differing(table: str, told: Rows, mine: Rows) -> Iterator[Finding]:
    theirs, ours = told.each or {}, mine.each or {}
    for key in [*ours, *(key for key in theirs if key not in ours)]:
        place = f"entry {key}" if table == ENTRIES else f"{table} {key}"
        if key not in theirs:
            yield Finding(place, "missing")
        elif key not in ours:
            yield Finding(place, "not in the ledger")
        else:
            pairs = zip(told.columns, theirs[key], ours[key], strict=True)
            yield from (Finding(place, f"column {name}") for name, his, own in pairs if his != own)
