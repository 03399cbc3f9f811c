"""Which days are worked (pure; spec/registers.md §1).

Monday to Friday, unless the calendar of the year says `holiday`; Saturday and Sunday only where it says
`workday` (调休). No list of holidays is built in: the State Council gives one each year, and the bureau
enters it. Days gone by since a year has its calendar stay as it said: nobody stretches a deadline afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from zhilu.errors import DataError

HOLIDAY, WORKDAY = "holiday", "workday"
FIRST_YEAR, LAST_YEAR = 2000, 2999
SATURDAY = 5
LONGEST_REST = 60
"""Days without a workday between two: beyond it the calendar is not one."""


def read_days(year: int, days: Mapping[str, Any]) -> dict[date, str]:
    """DataError `calendar` names the first day that cannot stand."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DataError("calendar", "There is no calendar of the year {year}.", year=year)
    found = {}
    for text, kind in days.items():
        day = _day(text)
        if day is None or day.year != year or kind not in (HOLIDAY, WORKDAY):
            raise DataError("calendar", "{day} cannot stand in the calendar of {year}.", day=text, year=year)
        if kind == WORKDAY and day.weekday() < SATURDAY:
            raise DataError(
                "calendar", "{day} is a weekday: only a Saturday or Sunday can become a workday.", day=text
            )
        found[day] = kind
    check_rests(year, found)
    return found


def check_rests(year: int, days: Mapping[date, str]) -> None:
    """So that a deadline always comes."""
    rest, day = 0, date(year, 1, 1)
    while day.year == year:
        rest = 0 if is_workday(day, days) else rest + 1
        if rest > LONGEST_REST:
            raise DataError(
                "calendar",
                "{day} would be the end of more than {longest} days without a workday.",
                day=day,
                longest=LONGEST_REST,
            )
        day += timedelta(days=1)


def check_past(before: Mapping[str, Any], days: Mapping[str, Any], first: date, today: date) -> None:
    """`before`: of the year, as it stands; both as they were read. `first`: the day on which the year was
    given its calendar.
    """
    changed = sorted(text for text in {**before, **days} if before.get(text) != days.get(text))
    if gone := [text for text in changed if first <= date.fromisoformat(text) < today]:
        raise DataError(
            "calendar-past", "{day} is over: deadlines were counted by what the calendar said.", day=gone[0]
        )


def is_workday(day: date, days: Mapping[date, str]) -> bool:
    said = days.get(day)
    return said == WORKDAY or (said is None and day.weekday() < SATURDAY)


def add_workdays(day: date, count: int, days: Mapping[date, str]) -> date:
    """The `count`th workday after `day`; `count` ≥ 0, and 0 is `day` itself, worked or not."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_workday(day, days)
    return day


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None
