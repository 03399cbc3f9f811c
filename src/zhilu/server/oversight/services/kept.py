"""The matches that are kept, where they say what counting anew would: a month of a large city is matched in
half a minute, and read in two seconds (spec/statistics.md §4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import day_of
from zhilu.server.oversight.findings.days import Calendar, Limits
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.models import DueTask, Evaluated, Match, Pending
from zhilu.server.oversight.services import evaluating, fact_rows, standing
from zhilu.server.oversight.services.judging import DRILL, MISSING

READ = ("task", "day", "department", "procedure", "class_code", "officers", "due", "state")


@dataclass(frozen=True)
class Kept:
    """Due tasks of some days, from the first `size` entries, as of `as_of`; of each what READ names."""

    size: int
    as_of: int
    rows: list[Match]


def of_days(bureau: str, first: date, last: date) -> Kept | None:
    """Outside `of`. None where something is still to be judged, or was judged by other rules."""
    known = _settled(bureau)
    if known is None:
        return None
    rows = Match.objects.filter(bureau=bureau, due=True, day__gte=first, day__lte=last)
    found = list(rows.only(*READ))
    after = _settled(bureau)
    is_same = after is not None and (after.size, after.as_of) == (known.size, known.as_of)
    return replace(_newer(known), rows=found) if is_same else None


def _settled(bureau: str) -> Evaluated | None:
    known = Evaluated.objects.filter(bureau=bureau).first()
    if known is None or Pending.objects.filter(bureau=bureau).exists():
        return None
    return known if known.rules == evaluating.versions_of(RULES) else None


def _newer(known: Evaluated) -> Kept:
    """The same of more entries, where those that came since change nothing."""
    with ledgers.of(known.bureau):
        size, newest = ledgers.applied(known.bureau), standing.newest()
    as_of = max(known.as_of, newest)
    if size > known.size and not evaluating.touched_days(known.bureau, known, size, as_of, RULES):
        return Kept(size, as_of, [])
    return Kept(known.size, known.as_of, [])


def standing_at(kept: Kept, as_of: int) -> Iterator[Match]:
    """Inside `of`: those that are over or recorded at an earlier moment."""
    undone = [one.task for one in kept.rows if one.state in (MISSING, DRILL)]
    waits = _waiting(undone, as_of) if kept.as_of > as_of else set()
    yield from (one for one in kept.rows if one.task not in waits)


def _waiting(undone: list[UUID], as_of: int) -> set[UUID]:
    """Of these tasks those whose time was not over then."""
    frame = fact_rows.frame()
    calendar, limits = Calendar(frame["calendar"]), Limits(frame["limits"])
    found: set[UUID] = set()
    for some in fact_rows.parts(undone):
        rows = DueTask.objects.filter(id__in=some).values_list("id", "since", "until")
        for task, since, until in rows:
            hours = limits.number("upload_h", day_of(since))
            if calendar.after_hours(fact_rows.up(until), hours) > as_of:
                found.add(task)
    return found
