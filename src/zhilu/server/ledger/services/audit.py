"""The audit: does everything here follow from what was published? (spec/ledger.md §4, threat model G9)

1. Entries count from 0 without a hole; each leaf says what the columns beside it say, and covers its
   payloads.
2. The tree over the leaves themselves has the root of every published checkpoint.
3. A replay into an empty database gives the evidential tables row by row.
4. Each batch of the access log has the digest that its entry says.

The live tables move on meanwhile: so the replay's last entries and the comparison run under the ledger's
lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

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
    """How many entries were read, and what is wrong, the first hundred."""
    found: list[Finding] = []
    with replay.scratch_database():
        reader = _Reader(found)
        for entry in replay.entries(0):
            reader.take(entry)
            if reader.count % 1000 == 0:
                progress(reader.count)
        with lock.held():
            for entry in replay.entries(reader.count):
                reader.take(entry)
            reader.finish()
            for model in replay.evidential_models():
                found += _compare(model)
    for extra in _extras:
        found += extra()
    return reader.count, found[:MOST_FINDINGS]


class _Reader:
    """Takes the entries in order: checks each, hashes it, applies it to the scratch database."""

    def __init__(self, found: list[Finding]) -> None:
        self.count = 0
        self._found = found
        self._tree = Frontier()
        self._published = {row.size: bytes(row.note) for row in Checkpoint.objects.all()}

    def take(self, entry: Entry) -> None:
        place = f"entry {entry.index}"
        if entry.index != self.count:
            self._found.append(Finding(place, "hole"))
        self.count = entry.index + 1
        self._found += (Finding(place, code) for code in check_entry(entry))
        leaf = entry.leaf.encode() if isinstance(entry.leaf, str) else bytes(entry.leaf)
        self._tree.append(leaf_hash(leaf))
        self._compare_root()
        try:
            with replay.routed():
                replay.apply_entry(entry)
        except Exception as error:
            code = error.code if isinstance(error, ZhiluError) else type(error).__name__
            self._found.append(Finding(place, f"apply: {code}"))

    def finish(self) -> None:
        for size in self._published:
            self._found.append(Finding(f"checkpoint {size}", "beyond the entries"))

    def _compare_root(self) -> None:
        note = self._published.pop(self._tree.size, None)
        if note is not None and checkpoints.parse(Note.parse(note).text).root != self._tree.root():
            self._found.append(Finding(f"checkpoint {self._tree.size}", "root"))


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


def _compare(model: type[Evidential]) -> Iterator[Finding]:
    """Rows of the live table against rows of the replay, both in the order of their keys."""
    name = model._meta.label_lower
    live = _rows(model, "default")
    fresh = _rows(model, replay.SCRATCH)
    mine, theirs = next(live, None), next(fresh, None)
    while mine is not None or theirs is not None:
        if theirs is None or (mine is not None and mine[0] < theirs[0]):
            assert mine is not None
            yield Finding(f"{name} {mine[0]}", "not in the ledger")
            mine = next(live, None)
        elif mine is None or mine[0] > theirs[0]:
            yield Finding(f"{name} {theirs[0]}", "missing")
            theirs = next(fresh, None)
        else:
            yield from (Finding(f"{name} {mine[0]}", field) for field in _differing(mine[1], theirs[1]))
            mine, theirs = next(live, None), next(fresh, None)


def _rows(model: type[Evidential], alias: str) -> Iterator[tuple[str, dict[str, Any]]]:
    names = [field.attname for field in model._meta.concrete_fields]
    key = model._meta.pk.attname
    # Sorted here and not there: two databases have two opinions on the order of texts.
    rows = {str(row[key]): row for row in model._default_manager.using(alias).values(*names)}
    return iter(sorted(rows.items()))


def _differing(mine: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    return [f"column {name}" for name, value in mine.items() if value != theirs[name]]
