"""Deadlines run on the working calendar that the bureau entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

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


def add_workdays(day: date, count: int) -> date:
    """The `count`th workday after `day`; a deadline of months may reach into the next year."""
    # A year has at least five workdays: none rests for longer than 60 days.
    years = range(day.year, day.year + 2 + count // 5)
    return rules_calendar.add_workdays(day, count, days(*years))


def put(year: int, said: Mapping[str, str], actor: UUID | str) -> None:
    """The calendar of a year, in place of the one before."""
    commit(CalendarSet(year, dict(sorted(said.items()))), str(actor))
