"""The tallies' part in the audit: all of them are counted again from the rows, of each ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.services.audit import also_own
from zhilu.server.ledger.services.reader import Finding
from zhilu.server.statistics import rules
from zhilu.server.statistics.models import DAY, Standing, Tally, Used
from zhilu.server.statistics.services import counting, tallies

KEYS = ("span", "level", "day", "department", "officer", "class_code", "procedure")


@also_own
def audit_tallies() -> Iterator[Finding]:
    for standing in Standing.objects.order_by("bureau"):
        yield from _of_bureau(standing.bureau)


def _of_bureau(bureau: str) -> list[Finding]:
    """Tasks may be matched anew meanwhile: then once more."""
    for _ in range(tallies.TRIES):
        found = list(_compared_once(bureau))
        if not found or not tallies.matched_days(bureau):
            break
    return found


def _compared_once(bureau: str) -> Iterator[Finding]:
    is_settled = tallies.refresh(bureau)
    with ledgers.of(bureau):
        size = ledgers.applied(bureau)
    if not is_settled or Standing.objects.get(bureau=bureau).size != size:
        yield Finding(f"tallies {bureau}", "not as far as the tables: not compared")
        return
    mine = Tally.objects.filter(bureau=bureau)
    months = set(tallies.all_months(bureau))
    months |= {rules.month_of(day) for day in mine.order_by().values_list("day", flat=True).distinct()}
    for month in sorted(months, key=lambda one: one.first):
        days = list(tallies.of_days(bureau, month))
        fresh = {_key(one): _numbers(one) for one in (*days, *tallies.of_month(bureau, month))}
        stored = mine.filter(day__gte=month.first, day__lte=month.last)
        yield from _compared(bureau, fresh, stored.iterator())
        yield from _used(bureau, month)


def _used(bureau: str, month: rules.Bucket) -> Iterator[Finding]:
    with ledgers.of(bureau):
        used = counting.used(month.first, month.last)
    fresh = [*tallies.used_rows(bureau, DAY, used), *tallies.used_of_month(bureau, month)]
    stored = Used.objects.filter(bureau=bureau, day__gte=month.first, day__lte=month.last)
    told, wanted = ({(one.span, one.day): one.recorders for one in rows} for rows in (stored, fresh))
    for span, day in sorted(key for key in told.keys() | wanted if told.get(key) != wanted.get(key)):
        yield Finding(f"tallies {bureau} {span} used {day}", "not as counted")


def _compared(bureau: str, fresh: dict[Any, Any], stored: Iterator[Tally]) -> Iterator[Finding]:
    for one in stored:
        wanted = fresh.pop(_key(one), None)
        if wanted != _numbers(one):
            yield Finding(f"tallies {bureau} {one.span} {one.level} {one.day}", "not as counted")
    for key in fresh:
        yield Finding(f"tallies {bureau} {key[0]} {key[1]} {key[2]}", "missing")


def _key(one: Tally) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in KEYS)


def _numbers(one: Tally) -> list[int]:
    return [getattr(one, name) for name in rules.NUMBERS]
