"""What leaves the ledger as proof: proved entries, consistency paths, published notes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import timedelta

from zhilu.errors import DataError, WorldError
from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.server.ledger.prepared import Prepared
from zhilu.server.ledger.services import tree
from zhilu.tlog import merkle
from zhilu.tlog.proof import ProvedEntry
from zhilu.tlog.tiles import TileReader


def newest() -> Checkpoint | None:
    """The newest published checkpoint."""
    return Checkpoint.objects.order_by("-size").first()


def newest_covering(index: int) -> Checkpoint | None:
    """The newest published checkpoint if it covers entry `index`, else None: it waits for the pass."""
    row = newest()
    return row if row is not None and row.size > index else None


LATE = timedelta(minutes=10)


def late(entries: Sequence[Entry]) -> set[int]:
    """Indexes of those whose time is more than 10 minutes before the cosignature that first covers them
    (spec/ledger.md §4): an entry that was held back, or a clock that was wrong."""
    if not entries:
        return set()
    least = min(entry.index for entry in entries)
    rows = list(Checkpoint.objects.filter(size__gt=least).order_by("size").values_list("size", "cosigned_at"))
    sizes = [size for size, _ in rows]
    found = set()
    for entry in entries:
        place = bisect_right(sizes, entry.index)
        cosigned = rows[place][1] if place < len(rows) else None
        if cosigned is not None and cosigned - entry.at > LATE:
            found.add(entry.index)
    return found


def proved_entry(index: int, size: int | None = None) -> ProvedEntry:
    """Entry `index` proved under the published checkpoint of `size`, by default the newest; DataError if
    there is none.
    """
    return proved_entries([index], size)[0]


def proved_entries(indexes: Sequence[int], size: int | None = None) -> list[ProvedEntry]:
    """Several entries under one published checkpoint, in the order asked for."""
    last = max(indexes, default=-1)
    published = _NEWEST.first(last) if size is None else _OF_SIZE.first(size)
    if published is None or last >= published[0]:
        raise DataError("not-covered", "No published checkpoint covers this entry yet.")
    reader = tree.reader(published[0], next(iter(indexes), None))
    return [_prove(index, published[0], bytes(published[1]), reader) for index in indexes]


_SIZE = Checkpoint._meta.get_field("size")
_NOTES = Checkpoint.objects.values_list("size", "note")
_NEWEST = Prepared(_SIZE, -2, lambda index: _NOTES.filter(size__gt=index).order_by("-size"))
_OF_SIZE = Prepared(_SIZE, -2, lambda size: _NOTES.filter(size=size))
_STORED = Prepared(
    Entry._meta.get_field("index"),
    -1,
    lambda index: Entry.objects.filter(index=index).values_list("leaf", "core", "core_salt"),
)


def _prove(index: int, size: int, note: bytes, reader: TileReader) -> ProvedEntry:
    stored = _STORED.first(index)
    if stored is None:
        raise WorldError("ledger-hole", "The ledger lacks entry {index}.", index=index)
    leaf, core, salt = map(bytes, stored)
    path = tuple(merkle.inclusion_path(index, size, reader))
    return ProvedEntry(leaf=leaf, core=core, salt=salt, index=index, path=path, checkpoint=note)


def consistency(old: int, new: int) -> list[bytes]:
    """The path from the tree of `old` to that of `new`; empty from 0 and at equal sizes."""
    if not 0 <= old <= new or new > tree.tiled_size():
        raise DataError("tree-size", "The ledger has no tree of that size.", old=old, new=new)
    return merkle.consistency_path(old, new, tree.reader(new))


def note_by_hash(sha256: str) -> Checkpoint | None:
    """The published checkpoint that a boot line names."""
    return Checkpoint.objects.filter(sha256=sha256).first()
