"""A mirrored ledger as one file, to make it again elsewhere (spec/federation.md §5): the neighbour's own
database, from which everything else follows, or the mirror of a city that was restored.

What comes back is believed in nothing: each entry is one in itself, the root over all of them is the one that
the newest note signs, and each older note is of the same tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import BinaryIO

from django.db import transaction

from zhilu import strictjson
from zhilu.encoding import sha256
from zhilu.errors import DataError
from zhilu.protocols import federation
from zhilu.server.federation.models import Mirror
from zhilu.server.federation.services import handing, mirror
from zhilu.server.ledger import lock
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.ledger.services import tree
from zhilu.tlog.checkpoint import Verified
from zhilu.tlog.frontier import Frontier
from zhilu.tlog.merkle import leaf_hash
from zhilu.tlog.note import MAX_NOTE
from zhilu.tlog.proof import LedgerKeys

TYPE = "zhilu-mirror/1"
MOST_HEAD = 4096


def write(bureau: str, file: BinaryIO) -> int:
    """Up to the newest note that is kept; the size of its tree. DataError `mirror-empty`: there is none."""
    with mirror.of(bureau):
        notes = Checkpoint.objects.order_by("size")
        newest = notes.last()
        if newest is None:
            raise DataError("mirror-empty", "Nothing is kept here of the ledger of {bureau}.", bureau=bureau)
        file.write(strictjson.dumps({"type": TYPE, "bureau": bureau, "size": newest.size}) + b"\n")
        for note in notes.filter(size__lte=newest.size).values_list("note", flat=True).iterator(500):
            _put(file, bytes(note))
        _put(file, b"")
        start = 0
        while start < newest.size:
            data, count = handing.batch(start, min(federation.MAX_COUNT, newest.size - start))
            _put(file, data)
            start += count
        _put(file, b"")
        return newest.size


def bureau_of(file: BinaryIO) -> str:
    """Whose ledger the file says that it holds; what follows is still to be read."""
    head = file.readline(MOST_HEAD)
    shape = {"type": str, "bureau": str, "size": int}
    try:
        said = strictjson.fields(strictjson.loads_object(head, MOST_HEAD), shape)
    except DataError:
        raise _none("head") from None
    if said["type"] != TYPE:
        raise _none("type")
    return str(said["bureau"])


def fill(file: BinaryIO, bureau: str, keys: LedgerKeys) -> Frontier:
    """After `bureau_of`: entries, tiles and notes into the database at hand, which has none: all or nothing.
    `keys`: of that ledger; cosigned as they demand must be the newest note.
    """
    with transaction.atomic():
        notes = _notes(file, keys)
        roots = {said.checkpoint.size: said.checkpoint.root for _, said in notes}
        newest = notes[-1][1].checkpoint
        frontier = Frontier()
        for block in _blocks(file, federation.MAX_BATCH):
            served = federation.decode_batch(block, federation.MAX_COUNT)
            checked = [federation.check_entry(one, bureau) for one in served]
            first = frontier.size
            lock.insert_many([mirror.entry_of(index, one) for index, one in enumerate(checked, first)])
            for one in served:
                frontier.append(leaf_hash(one.leaf))
                if roots.get(frontier.size, frontier.root()) != frontier.root():
                    raise _none(f"root at {frontier.size}")
        if file.read(1) or (frontier.size, frontier.root()) != (newest.size, newest.root):
            raise _none("entries")
        tree.grow()
        Checkpoint.objects.bulk_create([_checkpoint(note, said) for note, said in notes], 500)
    return frontier


def fill_mirror(file: BinaryIO, bureau: str, keys: LedgerKeys) -> int:
    """After `bureau_of`: the mirror of this neighbour, stored and not applied yet. The newest size."""
    mirror.prepare(bureau)
    with mirror.of(bureau), transaction.atomic():
        frontier = fill(file, bureau, keys)
        note = bytes(Checkpoint.objects.get(size=frontier.size).note)
        Mirror.objects.filter(id=mirror.ROW).update(frontier=frontier.to_json(), note=note)
    return frontier.size


def _checkpoint(note: bytes, said: Verified) -> Checkpoint:
    at = None if said.cosigned_at is None else datetime.fromtimestamp(said.cosigned_at, UTC)
    return Checkpoint(size=said.checkpoint.size, sha256=sha256(note).hex(), note=note, cosigned_at=at)


def _notes(file: BinaryIO, keys: LedgerKeys) -> list[tuple[bytes, Verified]]:
    """The newest by all that is demanded; those before it, which others may have cosigned, by the ledger's
    key.
    """
    notes = list(_blocks(file, MAX_NOTE))
    if not notes:
        raise _none("notes")
    before = [replace(keys, quorum=0).open(note) for note in notes[:-1]]
    found = list(zip(notes, [*before, keys.open(notes[-1])], strict=True))
    sizes = [said.checkpoint.size for _, said in found]
    if sizes != sorted(set(sizes)):
        raise _none("notes")
    return found


def _put(file: BinaryIO, data: bytes) -> None:
    file.write(len(data).to_bytes(4, "big") + data)


def _blocks(file: BinaryIO, most: int) -> Iterator[bytes]:
    while True:
        head = file.read(4)
        length = int.from_bytes(head, "big")
        if len(head) != 4 or length > most:
            raise _none("length")
        if length == 0:
            return
        data = file.read(length)
        if len(data) != length:
            raise _none("cut")
        yield data


def _none(what: str) -> DataError:
    return DataError("mirror-file", "This is no whole mirror of a ledger ({what}).", what=what)
