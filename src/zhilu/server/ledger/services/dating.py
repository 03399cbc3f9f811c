"""Entries that are provably dated back (spec/ledger.md §4): one that was not in a tree says a time more than
ten minutes before that tree was cosigned. It was dated back, or a clock was wrong.

Less than that nobody can prove: an entry may be made while the tree before it is on its way to a cosigner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.server.ledger.services.proofs import LATE
from zhilu.server.ledger.services.reader import Finding

Cosigned = tuple[int, datetime]
"""Size of a tree, and when it was cosigned."""
CHUNK = 5000


def is_back(at: datetime, cosigned: datetime | None) -> bool:
    """`cosigned`: when a tree was that does not have the entry."""
    return cosigned is not None and cosigned - at > LATE


def published() -> Iterator[Cosigned]:
    """In the ledger at hand."""
    rows = Checkpoint.objects.exclude(cosigned_at=None).order_by("size").values_list("size", "cosigned_at")
    yield from rows.iterator(CHUNK)  # type: ignore[misc]


def findings(cosigned: Iterable[Cosigned]) -> Iterator[Finding]:
    """Of the ledger at hand; `cosigned` by size. Entries that stand together are one line."""
    first = last = -1
    for index in _indexes(iter(cosigned)):
        if index != last + 1 and first >= 0:
            yield _finding(first, last)
        first, last = (first if index == last + 1 and first >= 0 else index), index
    if first >= 0:
        yield _finding(first, last)


def _indexes(cosigned: Iterator[Cosigned]) -> Iterator[int]:
    """Of those that are dated back."""
    newest: datetime | None = None
    following = next(cosigned, None)
    rows = Entry.objects.order_by("index").values_list("index", "at")
    for index, at in rows.iterator(CHUNK):
        while following is not None and following[0] <= index:
            newest = following[1] if newest is None else max(newest, following[1])
            following = next(cosigned, None)
        if is_back(at, newest):
            yield index


def _finding(first: int, last: int) -> Finding:
    return Finding(f"entry {first}" if first == last else f"entries {first} to {last}", "dated back")
