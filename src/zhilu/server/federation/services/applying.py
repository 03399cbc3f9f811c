"""What is stored of a neighbour's ledger, applied to its tables: by the same `apply`, in the same order.

A batch, of so many entries or bytes, and the number that is applied are one transaction. Of a batch that
fails, what comes before the entry that cannot be applied is applied; that one waits, for a release that knows
it. Its ledger stands either way.

Who applies holds the row that says how far, and goes on from what it says: `zhilu server rebuild` may work
beside the follower, and then each goes on where the other left off.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models.functions import Coalesce, Length

from zhilu.server.federation.models import Mirror
from zhilu.server.federation.services import mirror
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import replay
from zhilu.server.ledger.services.replay import Unapplied
from zhilu.tlog.frontier import Frontier


def apply_stored(bureau: str, progress: Callable[[], None] = lambda: None) -> Unapplied | None:
    """All that is stored and not applied yet; `progress` after each batch that others follow."""
    while True:
        with mirror.of(bureau):
            failed, waiting = _apply_next()
        if failed or not waiting:
            return failed
        progress()


def _end(start: int, most: int) -> int:
    """Where a batch ends: one entry at least, and no more than are held in memory together."""
    length = Length("core") + Coalesce(Length("personal"), 0)
    rows = Entry.objects.filter(index__gte=start, index__lt=most).order_by("index")
    weight = 0
    for index, bytes_ in rows.values_list("index", length):
        weight += bytes_
        if weight > replay.BATCH_BYTES and index > start:
            return int(index)
    return most


def rebuild(bureau: str) -> int:
    """The tables anew from the first entry on; how many entries are applied then."""
    with mirror.of(bureau), transaction.atomic():
        _held()
        replay.clear()
        Mirror.objects.filter(id=mirror.ROW).update(applied=0)
    apply_stored(bureau)
    with mirror.of(bureau):
        return mirror.known()[2]


def _apply_next() -> tuple[Unapplied | None, bool]:
    """A batch; what of it cannot be applied, and whether others wait behind it."""
    with transaction.atomic():
        start, size = _held()
        if start >= size:
            return None, False
        end = _end(start, min(start + replay.BATCH, size))
        stored = Entry.objects.filter(index__gte=start, index__lt=end).order_by("index")
        rows = list(stored.defer("leaf", "core_salt", "personal_salt", "subject"))
        failed = next(replay.apply_all(rows), None)
        Mirror.objects.filter(id=mirror.ROW).update(applied=failed.index if failed else end)
    return failed, end < size


def _held() -> tuple[int, int]:
    """How many entries are applied and how many stored; nobody else applies until the transaction ends."""
    row = Mirror.objects.select_for_update().get(id=mirror.ROW)
    return row.applied, Frontier.from_json(row.frontier).size
