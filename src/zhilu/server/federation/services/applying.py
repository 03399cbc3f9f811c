"""What is stored of a neighbour's ledger, applied to its tables: by the same `apply`, in the same order.

A batch, of so many entries or bytes, and the number that is applied are one transaction. Of a batch that
fails, what comes before the entry that cannot be applied is applied; that one waits, for a release that knows
it. Its ledger stands either way. A founding or a department in another bureau's name waits too: what lies in
it would be in no figure of the bureau whose ledger this is.

Who applies holds the row that says how far, and goes on from what it says: `zhilu server rebuild` may work
beside the follower, and then each goes on where the other left off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models.functions import Coalesce, Length

from zhilu import strictjson
from zhilu.errors import DataError
from zhilu.server.federation.models import Mirror
from zhilu.server.federation.services import mirror
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import replay
from zhilu.server.ledger.services.replay import Unapplied
from zhilu.tlog.frontier import Frontier

OF_ITS_BUREAU = ("bureau-founded/1", "department-set/1")


def apply_stored(
    bureau: str, progress: Callable[[], None] = lambda: None, is_stuck: bool = False
) -> Unapplied | None:
    """All that is stored and not applied yet; `progress` after each batch that others follow. `is_stuck`: the
    first could not be applied before, so it is tried alone, and not four thousand each time.
    """
    most = 1 if is_stuck else replay.BATCH
    while True:
        with mirror.of(bureau):
            failed, waiting = _apply_next(bureau, most)
        if failed or not waiting:
            return failed
        most = replay.BATCH
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


def _apply_next(bureau: str, most: int) -> tuple[Unapplied | None, bool]:
    """A batch; what of it cannot be applied, and whether others wait behind it."""
    with transaction.atomic():
        start, size = _held()
        if start >= size:
            return None, False
        end = _end(start, min(start + most, size))
        stored = Entry.objects.filter(index__gte=start, index__lt=end).order_by("index")
        rows = list(stored.defer("leaf", "core_salt", "personal_salt", "subject"))
        others = _of_another(bureau, rows)
        own = rows[: others.index - start] if others else rows
        failed = next(replay.apply_all(own), others)
        Mirror.objects.filter(id=mirror.ROW).update(applied=failed.index if failed else end)
    return failed, end < size


def _of_another(bureau: str, rows: Sequence[Entry]) -> Unapplied | None:
    """The first that says it is another bureau's; one that says nothing is refused where it is applied."""
    for row in rows:
        if row.kind not in OF_ITS_BUREAU:
            continue
        try:
            said = strictjson.loads_object(bytes(row.core)).get("bureau")
        except DataError:
            continue
        if isinstance(said, str) and said != bureau:
            return Unapplied(row.index, "bureau-other")
    return None


def _held() -> tuple[int, int]:
    """How many entries are applied and how many stored; nobody else applies until the transaction ends."""
    row = Mirror.objects.select_for_update().get(id=mirror.ROW)
    return row.applied, Frontier.from_json(row.frontier).size
