"""When trees of a neighbour were cosigned, for what that says of the entries that they do not have: by those
whom the neighbour joined with, and by this server, whose clock no neighbour sets.
"""

from __future__ import annotations

import heapq
from datetime import UTC, datetime

from zhilu.server.federation.models import Given
from zhilu.server.federation.services import mirror
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.ledger.services import dating
from zhilu.server.ledger.services.reader import Finding


def newest(bureau: str, size: int) -> datetime | None:
    """Of the largest tree up to this size that they cosigned, and of that which this server did."""
    given = Given.objects.filter(bureau=bureau, size__lte=size).order_by("-size")
    mine = given.values_list("time", flat=True).first()
    with mirror.of(bureau):
        trees = Checkpoint.objects.filter(size__lte=size).exclude(cosigned_at=None).order_by("-size")
        theirs = trees.values_list("cosigned_at", flat=True).first()
    times = [one for one in (theirs, _time(mine)) if one is not None]
    return max(times, default=None)


def findings(bureau: str) -> list[Finding]:
    """For the audit of its mirror."""
    rows = Given.objects.filter(bureau=bureau).order_by("size").values_list("size", "time")
    own = [(size, datetime.fromtimestamp(time, UTC)) for size, time in rows]
    with mirror.of(bureau):
        return list(dating.findings(heapq.merge(dating.published(), own)))


def _time(unix_s: int | None) -> datetime | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC)
