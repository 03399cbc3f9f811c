"""What is stored of a neighbour's ledger, applied to its tables: by the same `apply`, in the same order.

A batch, of so many entries or bytes, and the number that is applied are one transaction. Of a batch that
fails, what comes before the entry that cannot be applied is applied; that one waits, for a release that knows
it. Its ledger stands either way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import transaction
from django.db.models.functions import Coalesce, Length
from django.db.utils import OperationalError

from zhilu.errors import ZhiluError
from zhilu.protocols.federation import BATCH_BYTES
from zhilu.server.federation.models import Mirror
from zhilu.server.federation.services import mirror
from zhilu.server.ledger.events import kind_named
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services import replay
from zhilu.server.ledger.services.commit import event_of, stamp_of

BATCH = 1000


@dataclass(frozen=True)
class Unapplied:
    """Entry `index` cannot be applied here: `code` says why."""

    index: int
    code: str


class _Failed(Exception):
    def __init__(self, index: int, code: str) -> None:
        super().__init__(index)
        self.index, self.code = index, code


def apply_stored(bureau: str, progress: Callable[[], None] = lambda: None) -> Unapplied | None:
    """All that is stored and not applied yet; `progress` after each batch that others follow."""
    with mirror.of(bureau):
        frontier, _, applied = mirror.known()
    count = BATCH
    while applied < frontier.size:
        try:
            with mirror.of(bureau):
                end = _end(applied, min(applied + count, frontier.size))
                _apply_batch(applied, end)
        except _Failed as failed:
            if end - applied == 1:
                return Unapplied(failed.index, failed.code)
            # A run that fails as a whole does not say at which entry.
            count = max(1, failed.index - applied)
        else:
            applied, count = end, min(BATCH, count * 2)
            if applied < frontier.size:
                progress()
    return None


def _end(start: int, most: int) -> int:
    """Where a batch ends: one entry at least, and no more than are held in memory together."""
    length = Length("core") + Coalesce(Length("personal"), 0)
    rows = Entry.objects.filter(index__gte=start, index__lt=most).order_by("index")
    weight = 0
    for index, bytes_ in rows.values_list("index", length):
        weight += bytes_
        if weight > BATCH_BYTES and index > start:
            return int(index)
    return most


def rebuild(bureau: str) -> int:
    """The tables anew from the first entry on; how many entries are applied then."""
    with mirror.of(bureau), transaction.atomic():
        replay.clear()
        Mirror.objects.filter(id=mirror.ROW).update(applied=0)
    apply_stored(bureau)
    with mirror.of(bureau):
        return mirror.known()[2]


def _apply_batch(start: int, end: int) -> None:
    rows = list(Entry.objects.filter(index__gte=start, index__lt=end).order_by("index"))
    with transaction.atomic():
        for name, run in groupby(rows, key=lambda row: row.kind):
            _apply_run(name, list(run))
        Mirror.objects.filter(id=mirror.ROW).update(applied=end)


def _apply_run(name: str, rows: Sequence[Entry]) -> None:
    many = None
    if len(rows) > 1:
        try:
            many = kind_named(name).applies_many
        except ZhiluError as error:
            raise _Failed(rows[0].index, error.code) from error
    if many is None:
        for row in rows:
            _apply_one(row)
        return
    try:
        with applying():
            many([(event_of(row), stamp_of(row)) for row in rows])
    except OperationalError:
        raise
    except Exception as error:  # whatever a payload that its ledger never checked makes of it
        raise _Failed(rows[0].index, _code(error)) from error


def _apply_one(row: Entry) -> None:
    try:
        replay.apply_entry(row)
    except OperationalError:
        raise
    except Exception as error:  # whatever a payload that its ledger never checked makes of it
        raise _Failed(row.index, _code(error)) from error


def _code(error: Exception) -> str:
    return error.code if isinstance(error, ZhiluError) else type(error).__name__
