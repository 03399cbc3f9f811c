"""Where the tasks of some days stand, computed from the tables of the ledger at hand
(`federation.services.ledgers.of`), also of one that was only just replayed (spec/findings.md §4).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from zhilu.server.ledger.models import Entry
from zhilu.server.oversight.models import Match
from zhilu.server.oversight.services import facts, judging
from zhilu.server.oversight.services.collecting import paused
from zhilu.server.oversight.services.fact_rows import seconds


def of_days(first: date, last: date, as_of: int) -> Iterator[Match]:
    """Without a bureau, and not kept. `as_of`: seconds since 1970, as `newest`."""
    with paused():
        world, matches = judging.matched(facts.of_days(first, last, as_of))
        rows = [one for one in judging.stand(world, matches) if first <= one.day <= last]
    yield from rows


def newest(size: int | None = None) -> int:
    """When the newest entry of the ledger at hand, or of its first `size`, was made: as of then everybody
    counts the same.
    """
    entries = Entry.objects.all() if size is None else Entry.objects.filter(index__lt=size)
    at = entries.order_by("-index").values_list("at", flat=True).first()
    return 0 if at is None else seconds(at)
