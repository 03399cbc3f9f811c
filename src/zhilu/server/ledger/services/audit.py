"""The audit: does everything here follow from what was published? (spec/ledger.md §4, threat model G9)

1. Entries count from 0 without a hole; each leaf says what the columns beside it say, and covers its
   payloads.
2. The tree over the leaves themselves has the root of every published checkpoint.
3. A replay into an empty database gives the evidential tables row by row.
4. Each batch of the access log has the digest that its entry says.

All of it as of one moment: the live tables move on meanwhile, and nobody waits.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from zhilu.encoding import format_time
from zhilu.errors import ZhiluError
from zhilu.server.ledger import lock
from zhilu.server.ledger.models import Checkpoint, Entry, Evidential
from zhilu.server.ledger.services import replay
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.frontier import Frontier
from zhilu.tlog.merkle import leaf_hash
from zhilu.tlog.note import Note
from zhilu.tlog.proof import parse_leaf, payload_digest

MOST_FINDINGS = 100
SCRATCH = "scratch"


@dataclass(frozen=True)
class Finding:
    """Where, and what is wrong: for a line on the screen."""

    place: str
    code: str


Extra = Callable[[], Iterator[Finding]]
_extras: list[Extra] = []


def also(extra: Extra) -> Extra:
    """Register what another app has to audit."""
    _extras.append(extra)
    return extra


def audit(progress: Callable[[int], None] = lambda done: None) -> tuple[int, list[Finding]]:
    """How many entries were read, and what is wrong, the first hundred.

    All is read at one moment (`lock.snapshot`), row after row: the server commits on meanwhile, and the
    memory it takes does not grow with the ledger.
    """
    found = _Found()
    with tempfile.TemporaryDirectory(prefix="zhilu-audit-") as folder, lock.snapshot() as live:
        count = _replayed(Path(folder), live, found, progress)
        with lock.opened(SCRATCH, lock.scratch(Path(folder) / replay.FILE)):
            for model in replay.evidential_models():
                found.add(compare(model, live))
    for extra in _extras:
        found.add(extra())
    return count, found.rows


class _Found:
    """The first hundred findings; of each part no more than are wanted is looked for."""

    def __init__(self) -> None:
        self.rows: list[Finding] = []

    def add(self, more: Iterable[Finding]) -> None:
        self.rows += itertools.islice(more, MOST_FINDINGS - len(self.rows))


def _replayed(folder: Path, live: str, found: _Found, progress: Callable[[int], None]) -> int:
    reader = _Reader(live)
    with replay.Replay(folder) as child:
        for entry in replay.entries(live):
            found.add(reader.take(entry))
            child.give(entry)
            if reader.count % 1000 == 0:
                progress(reader.count)
        found.add(reader.finish())
        found.add(Finding(f"entry {index}", code) for index, code in child.finish())
    return reader.count


class _Reader:
    """Takes the entries in order, checks each, and hashes it up to every published checkpoint."""

    def __init__(self, alias: str) -> None:
        self.count = 0
        self._tree = Frontier()
        self._published = Checkpoint.objects.using(alias).order_by("size").iterator(500)
        self._next = next(self._published, None)

    def take(self, entry: Entry) -> Iterator[Finding]:
        place = f"entry {entry.index}"
        if entry.index != self.count:
            yield Finding(place, "hole")
        self.count = entry.index + 1
        yield from (Finding(place, code) for code in check_entry(entry))
        leaf = entry.leaf.encode() if isinstance(entry.leaf, str) else bytes(entry.leaf)
        self._tree.append(leaf_hash(leaf))
        while self._next is not None and self._next.size <= self._tree.size:
            if self._next.size == self._tree.size:
                yield from self._compare_root(bytes(self._next.note))
            self._next = next(self._published, None)

    def finish(self) -> Iterator[Finding]:
        while self._next is not None:
            yield Finding(f"checkpoint {self._next.size}", "beyond the entries")
            self._next = next(self._published, None)

    def _compare_root(self, note: bytes) -> Iterator[Finding]:
        if checkpoints.parse(Note.parse(note).text).root != self._tree.root():
            yield Finding(f"checkpoint {self._tree.size}", "root")


def check_entry(entry: Entry) -> Iterator[str]:
    """Codes of what is wrong with a stored entry in itself."""
    try:
        leaf = parse_leaf(bytes(entry.leaf))
    except (ZhiluError, TypeError):  # SQLite lets a tamperer put a text where bytes belong
        yield "leaf"
        return
    columns = (entry.kind, format_time(entry.at), entry.actor, entry.subject)
    if columns != (leaf["kind"], leaf["at"], leaf["actor"], leaf["subject"]):
        yield "columns"
    if payload_digest(bytes(entry.core_salt), bytes(entry.core)).hex() != leaf["core"]:
        yield "core"
    if (entry.personal is None) != (leaf["personal"] is None):
        yield "personal-missing"
    elif entry.personal is not None and entry.personal_salt is not None:
        digest = payload_digest(bytes(entry.personal_salt), bytes(entry.personal))
        if digest.hex() != leaf["personal"]:
            yield "personal"


def compare(model: type[Evidential], live: str) -> Iterator[Finding]:
    """Rows of the live table against rows of the replay, both in the order of their keys."""
    name = model._meta.label_lower
    try:
        yield from _compare(name, _rows(model, live), _rows(model, SCRATCH))
    except (ValueError, TypeError, ValidationError) as error:
        # A value that the column's own type cannot hold: nobody but a tamperer could put it there.
        yield Finding(name, f"unreadable: {type(error).__name__}")


def _compare(name: str, live: Iterator[_Row], fresh: Iterator[_Row]) -> Iterator[Finding]:
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


_Row = tuple[Any, str, dict[str, Any]]


def _rows(model: type[Evidential], alias: str) -> Iterator[_Row]:
    """Key to sort by, key to show, columns."""
    names = [field.attname for field in model._meta.concrete_fields]
    key = model._meta.pk.attname
    query = lock.in_key_order(model._default_manager.using(alias))
    for row in query.values(*names).iterator(500):
        shown = str(row[key])
        # A number where it is one, else bytes: as both databases sort.
        yield row[key] if isinstance(row[key], int) else shown.encode(), shown, row


def _differing(mine: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    return [f"column {name}" for name, value in mine.items() if value != theirs[name]]
