"""The evidential tables anew from the ledger, all or nothing, under the ledger's lock.

Only from entries that are as they were published: else the tables would say what a tamperer wrote, and agree
with the ledger. Memory does not grow with the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.utils import OperationalError

from zhilu.errors import DataError, WorldError
from zhilu.server.ledger import lock
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import replay
from zhilu.server.ledger.services.reader import Finding, Reader


def rebuild() -> int:
    """Returns the number of entries."""
    try:
        with lock.held():
            reader = Reader("default")
            replay.clear()
            for entries in replay.batches(replay.entries()):
                for entry in entries:
                    _refuse(reader.take(entry))
                _apply(entries)
            _refuse(reader.finish())
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise WorldError("database", "The database cannot be used: {reason}", reason=reason) from None
    return reader.count


def _refuse(found: Iterable[Finding]) -> None:
    for one in found:
        raise DataError(
            "rebuild-ledger",
            "{place} is not as it was published ({what}): nothing was changed. See `zhilu server audit`.",
            place=one.place,
            what=one.code,
        )


def _apply(entries: Sequence[Entry]) -> None:
    for one in replay.apply_all(entries):
        raise DataError(
            "rebuild-apply",
            "Entry {index} cannot be applied ({what}): nothing was changed.",
            index=one.index,
            what=one.code,
        )
