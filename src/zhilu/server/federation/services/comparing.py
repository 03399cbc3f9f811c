"""A neighbour's rows against those of its mirror (spec/federation.md §8): does its own database say what its
ledger says?

Table by table in the order of the keys, a thousand rows a question: a digest of all of them first, and only
where that is another one, of each value. An entry never changes, so of entries every difference counts. Of
other rows it counts where both sides follow from the same number of entries: `wait` gives the mirror time to
come that far, and what is then still apart is said to be not compared.

What the neighbour answers is its word. It finds whoever edited past a server that knows nothing of it; not
who answers out of a clean copy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from math import inf
from typing import Protocol

from zhilu.errors import DataError, WorldError, plain
from zhilu.protocols.rows import MOST_ROWS, Rows
from zhilu.server.federation.services import mirror, telling
from zhilu.server.ledger.services.audit import MOST_FINDINGS
from zhilu.server.ledger.services.reader import Finding

TRIES, WAIT_S = 20, 1.0
MOST_S = 3600.0
LONGEST_KEY, LONGEST_INDEX = 100, 16
"""Characters of a key that are shown, and digits that an index can have."""
ENTRIES = "ledger.entry"
_OTHER = {
    "refusal-table-unknown": "not of its release",
    "refusal-rows-unreadable": "unreadable",
    "rows": "no answer of any form",
    "query": "no answer of any form",  # a key that no row here could have
    "rows-unreadable": "no answer of any form",
    "rows-fewer": "fewer entries than it has published",
}
Wait = Callable[[], None]


class Told(Protocol):
    def rows(self, table: str, after: str | None, count: int, *, each: bool) -> Rows: ...


@dataclass
class Compared:
    """How many rows were told of, as of how many entries; what differs, the first hundred; and the tables
    that could not be compared, for the mirror did not come as far.
    """

    rows: int = 0
    size: int = 0
    findings: list[Finding] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)


def compare(bureau: str, source: Told, wait: Wait | None = None) -> Compared:
    """WorldError where the neighbour does not answer."""
    done = Going(bureau, wait).go_on(source)
    assert done is not None
    return done


class Going:
    """A comparison that may be made in turns: of the hour that a neighbour has, only these count."""

    _source: Told

    def __init__(self, bureau: str, wait: Wait | None = None) -> None:
        self._bureau, self._wait = bureau, wait or (lambda: time.sleep(WAIT_S))
        self._left, self._until = MOST_S, 0.0
        self._tries = TRIES
        with mirror.of(bureau):
            self._stored = _applied()
        self._done = Compared()
        self._steps = self._run()

    def go_on(self, source: Told, seconds: float = inf) -> Compared | None:
        """For about so long; None where it is not at its end."""
        begun = time.monotonic()
        self._source, self._until = source, begun + self._left
        try:
            for _ in self._steps:
                if time.monotonic() - begun >= seconds:
                    return None
            return self._done
        finally:
            self._left -= time.monotonic() - begun

    def _run(self) -> Iterator[None]:
        """A range of rows at a time."""
        for table in telling.tables():
            for found in self._table(table):
                room = MOST_FINDINGS - len(self._done.findings)
                self._done.findings += found[:room]
                if len(found) >= room:
                    return
                yield

    def _table(self, table: str) -> Iterator[list[Finding]]:
        after: str | None = None
        while True:
            try:
                told, findings = self._range(table, after)
            except DataError as error:
                if error.code not in _OTHER:  # it refuses the question
                    raise
                yield [Finding(table, _OTHER[error.code])]
                return
            self._done.rows += told.count
            yield findings
            if told.last is None:
                return
            after = told.last

    def _range(self, table: str, after: str | None) -> tuple[Rows, list[Finding]]:
        """What the neighbour tells of the rows after a key, and what of it is otherwise here."""
        told, mine = self._both(table, after, each=False)
        if told.columns == mine.columns and told.digest == mine.digest:
            return told, []
        while True:
            told, mine = self._both(table, after, each=True)
            if told.columns != mine.columns:
                return _end(told), [Finding(table, "not of this release")]
            if told.size == mine.size or table == ENTRIES:
                return self._told_of(table, told, mine)
            if not self._tries:
                self._done.behind.append(table)
                return _end(told), []
            self._tries -= 1
            self._wait()

    def _told_of(self, table: str, told: Rows, mine: Rows) -> tuple[Rows, list[Finding]]:
        found = list(_differing(table, told, mine))
        if not found and told.digest != mine.digest and told.size == mine.size:
            found.append(Finding(table, _OTHER["rows"]))
        # Entries that have not come here yet are the last ones.
        is_past = table == ENTRIES and told.last is not None and int(told.last) >= mine.size
        return _end(told) if is_past else told, found

    def _both(self, table: str, after: str | None, *, each: bool) -> tuple[Rows, Rows]:
        if time.monotonic() > self._until:
            raise WorldError("compare-long", "{bureau} answers too slowly.", bureau=self._bureau)
        told = self._source.rows(table, after, MOST_ROWS, each=each)
        keys = [*(told.each or {}), *([] if told.last is None else [told.last])]
        if table == ENTRIES and not all(map(_is_index, keys)):
            raise DataError("rows", "What the neighbour tells of its rows is of no form that there is.")
        with mirror.of(self._bureau):
            # Beyond twice as many there are more differences than are wanted.
            mine = telling.rows(table, after, 2 * MOST_ROWS, last=told.last, each=each, size=_applied)
        if told.size < self._stored:  # it was as large as that before it was asked
            raise DataError("rows-fewer", "The neighbour tells of fewer entries than it has published.")
        self._stored = max(self._stored, mine.size)
        self._done.size = max(self._done.size, told.size)
        return told, mine


def _end(told: Rows) -> Rows:
    """No further question about this table."""
    return replace(told, last=None)


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= LONGEST_INDEX


def _applied() -> int:
    return mirror.known()[2]


def _differing(table: str, told: Rows, mine: Rows) -> Iterator[Finding]:
    theirs, ours = told.each or {}, mine.each or {}
    for key in [*ours, *(key for key in theirs if key not in ours)]:
        shown = plain(key[:LONGEST_KEY])  # his words
        place = f"entry {shown}" if table == ENTRIES else f"{table} {shown}"
        if key not in theirs:
            yield Finding(place, "missing")
        elif key not in ours:
            if table == ENTRIES and int(key) >= mine.size:
                continue
            yield Finding(place, "not in the ledger")
        else:
            pairs = zip(told.columns, theirs[key], ours[key], strict=True)
            yield from (Finding(place, f"column {name}") for name, his, own in pairs if his != own)
