"""Deadlines run on the working calendar that the bureau entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from zhilu.errors import CallerError
from zhilu.server.ledger import lock
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation import rules_calendar
from zhilu.server.organisation.events import CalendarSet
from zhilu.server.organisation.models import Calendar


def days(*years: int) -> dict[date, str]:
    """What differs from Monday to Friday in these years."""
    found: dict[date, str] = {}
    for row in Calendar.objects.filter(year__in=years):
        found |= rules_calendar.read_days(row.year, row.days)
    return found


def has(year: int) -> bool:
    """Whether the bureau entered this year's calendar; else whoever computes a deadline says so."""
    return Calendar.objects.filter(year=year).exists()


def is_workday(day: date) -> bool:
    return rules_calendar.is_workday(day, days(day.year))


def put(year: int, said: Mapping[str, str], actor: UUID | str) -> None:
    """The calendar of a year, in place of the one before."""
    commit(CalendarSet(year, dict(sorted(said.items()))), str(actor))


def mark(first: date, last: date, kind: str | None, actor: UUID | str) -> None:
    """These days, of one year, are `holiday` or `workday`; None: ordinary again. Whoever marks at the same
    time waits.
    """
    if not first <= last or first.year != last.year:
        raise CallerError("calendar-days", "The last day is not before the first, and in the same year.")
    with lock.held():
        said = dict(Calendar.objects.filter(year=first.year).values_list("days", flat=True).first() or {})
        for text in _span(first, last):
            if kind is None:
                said.pop(text, None)
            else:
                said[text] = kind
        put(first.year, said, actor)


def _span(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
