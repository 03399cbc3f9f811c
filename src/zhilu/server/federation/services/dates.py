"""When trees of a neighbour were cosigned, for what that says of the entries that they do not have: by those
whom the neighbour joined with, and by this server, whose clock no neighbour sets.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime

from django.db.models import Max

from zhilu.server.federation.models import Given
from zhilu.server.federation.services import mirror
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.ledger.services import dating
from zhilu.server.ledger.services.reader import Finding


def newest(bureau: str, size: int) -> datetime | None:
    """Of the trees of this size and smaller ones."""
    given = Given.objects.filter(bureau=bureau, size__lte=size).aggregate(newest=Max("time"))["newest"]
    with mirror.of(bureau):
        found = Checkpoint.objects.filter(size__lte=size).aggregate(newest=Max("cosigned_at"))["newest"]
    times = [one for one in (found, _time(given)) if one is not None]
    return max(times, default=None)


def findings(bureau: str) -> list[Finding]:
    """For the audit of its mirror."""
    rows = Given.objects.filter(bureau=bureau).order_by("size").values_list("size", "time")
    own = [(size, datetime.fromtimestamp(time, UTC)) for size, time in rows]
    with mirror.of(bureau):
        return list(dating.findings(_merged(dating.published(), iter(own))))


def _merged(*found: Iterator[dating.Cosigned]) -> Iterator[dating.Cosigned]:
    yield from heapq.merge(*found)


def _time(unix_s: int | None) -> datetime | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC)
