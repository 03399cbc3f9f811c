"""The audit: does everything here follow from what was published? (spec/ledger.md §4, threat model G9)

1. The stored entries are what was published (reader.py).
2. A replay into an empty database gives the evidential tables row by row, and their constraints stand.
3. The database holds nothing that runs code and that this release does not make, and all that holds rows to
   something (ledger/objects.py).
4. Each batch of the access log has the digest that its entry says.
5. No entry is provably dated back (dating.py); of a mirror, who audits it knows more times than it holds.

All of it as of one moment: the live tables move on meanwhile, and nobody waits.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db.utils import DataError

from zhilu.server.ledger import lock, objects
from zhilu.server.ledger.models import Evidential
from zhilu.server.ledger.services import dating, replay, rows
from zhilu.server.ledger.services.reader import Finding, Reader
from zhilu.tlog.note import NoteVerifier

MOST_FINDINGS = 100
SCRATCH = "scratch"


Extra = Callable[[], Iterator[Finding]]
_extras: list[Extra] = []
_own_extras: list[Extra] = []


def also(extra: Extra) -> Extra:
    """Register what another app has to audit."""
    _extras.append(extra)
    return extra


def also_own(extra: Extra) -> Extra:
    """The same, of rows that do not follow from the ledger: no mirror has them."""
    _own_extras.append(extra)
    return extra


def audit(
    progress: Callable[[int], None] = lambda done: None, key: NoteVerifier | None = None
) -> tuple[int, list[Finding]]:
    """How many entries were read, and what is wrong, the first hundred. `key`: of the ledger that is
    mirrored in the database at hand; by default it is this home's own.

    All is read at one moment (`lock.snapshot`), row after row: the server commits on meanwhile, and the
    memory it takes does not grow with the ledger.
    """
    found = _Found()
    with tempfile.TemporaryDirectory(prefix="zhilu-audit-") as folder, lock.snapshot() as live:
        count = _replayed(Path(folder), Reader(live, key), live, found, progress)
        with lock.opened(SCRATCH, lock.scratch(Path(folder) / replay.FILE)):
            for model in replay.evidential_models():
                found.add(compare(model, live))
            found.add(Finding(one, why) for one, why in objects.strange_in(live, SCRATCH))
    if key is None:
        found.add(dating.findings(dating.published()))
    for extra in _extras if key else [*_extras, *_own_extras]:
        found.add(extra())
    return count, found.rows


class _Found:
    """The first hundred findings; of each part no more than are wanted is looked for."""

    def __init__(self) -> None:
        self.rows: list[Finding] = []

    def add(self, more: Iterable[Finding]) -> None:
        self.rows += itertools.islice(more, MOST_FINDINGS - len(self.rows))


def _replayed(folder: Path, reader: Reader, live: str, found: _Found, progress: Callable[[int], None]) -> int:
    with replay.Replay(folder) as child:
        try:
            for entry in replay.entries(live):
                found.add(list(reader.take(entry)))  # whole: the reader counts as it goes
                child.give(entry)
                if reader.count % 1000 == 0:
                    progress(reader.count)
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            # As in the tables: nobody but a tamperer could put such a value there.
            found.add([Finding(f"entries from {reader.count}", f"unreadable: {type(error).__name__}")])
        found.add(reader.finish())
        found.add(Finding(f"entry {one.index}", f"apply: {one.code}") for one in child.finish())
    return reader.count


def compare(model: type[Evidential], live: str) -> Iterator[Finding]:
    """Rows of the live table against rows of the replay, and whether the table is still held to its rules."""
    name = model._meta.label_lower
    yield from (Finding(name, f"constraint {lost}") for lost in rows.lost_constraints(model, live, SCRATCH))
    read = rows.typed if lock.is_typed(live) else rows.stored
    try:
        yield from _compare(name, read(model, live), read(model, SCRATCH))
    except (ValueError, TypeError, ValidationError, DataError) as error:
        # A value that the interpreter has no form for: nobody but a tamperer could put it there.
        yield Finding(name, f"unreadable: {type(error).__name__}")


def _compare(name: str, live: Iterator[rows.Row], fresh: Iterator[rows.Row]) -> Iterator[Finding]:
    mine, theirs = next(live, None), next(fresh, None)
    while mine is not None or theirs is not None:
        if theirs is None or (mine is not None and mine[0] < theirs[0]):
            assert mine is not None
            yield Finding(f"{name} {mine[1]}", "not in the ledger")
            mine = next(live, None)
        elif mine is None or mine[0] > theirs[0]:
            yield Finding(f"{name} {theirs[1]}", "missing")
            theirs = next(fresh, None)
        else:
            yield from (Finding(f"{name} {mine[1]}", field) for field in _differing(mine[2], theirs[2]))
            mine, theirs = next(live, None), next(fresh, None)


def _differing(mine: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    return [f"column {name}" for name, value in mine.items() if value != theirs[name]]
