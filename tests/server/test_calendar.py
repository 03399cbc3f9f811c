"""Which days are worked (pure)."""

from __future__ import annotations

from datetime import date

import pytest

from zhilu.errors import DataError
from zhilu.server.organisation import rules_calendar as rules
from zhilu.server.organisation.rules_calendar import HOLIDAY, WORKDAY

WEEK = {date(2026, 10, day): HOLIDAY for day in range(1, 9)} | {date(2026, 10, 10): WORKDAY}
"""A week off, and the Saturday after it worked."""


def test_without_a_calendar_monday_to_friday_are_worked() -> None:
    worked = [rules.is_workday(date(2026, 10, day), {}) for day in range(5, 12)]
    assert worked == [True] * 5 + [False] * 2


@pytest.mark.parametrize(
    ("day", "count", "comes"),
    [
        ((9, 30), 0, (9, 30)),
        ((9, 30), 1, (10, 9)),
        ((9, 30), 2, (10, 10)),
        ((9, 30), 3, (10, 12)),
        ((10, 3), 1, (10, 9)),
        ((10, 9), 1, (10, 10)),
        ((12, 31), 1, (1, 1)),
    ],
)
def test_workdays_are_counted(day: tuple[int, int], count: int, comes: tuple[int, int]) -> None:
    year = 2027 if comes == (1, 1) else 2026
    assert rules.add_workdays(date(2026, *day), count, WEEK) == date(year, *comes)


def test_a_calendar_is_read() -> None:
    assert rules.read_days(2026, {day.isoformat(): kind for day, kind in WEEK.items()}) == WEEK


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (1999, {}),
        (3000, {}),
        (10**12, {}),
        (2026, {"2027-01-01": HOLIDAY}),
        (2026, {"2026-02-29": HOLIDAY}),
        (2026, {"2026-1-1": HOLIDAY}),
        (2026, {"20260101": HOLIDAY}),
        (2026, {"": HOLIDAY}),
        (2026, {"2026-W01-4": HOLIDAY}),
        (2026, {"2026-10-01": "party"}),
        (2026, {"2026-10-01": None}),
        (2026, {"2026-10-01": ["holiday"]}),
        # A Thursday is worked without being said so.
        (2026, {"2026-10-01": WORKDAY}),
        # So that a deadline always comes.
        (2026, {f"2026-{month:02d}-{day:02d}": HOLIDAY for month in (3, 4, 5) for day in range(1, 31)}),
    ],
)
def test_what_is_no_calendar(year: int, days: dict[str, object]) -> None:
    with pytest.raises(DataError) as error:
        rules.read_days(year, days)
    assert error.value.code == "calendar"


def test_days_gone_by_stay_as_the_calendar_said() -> None:
    said, first = {day.isoformat(): kind for day, kind in WEEK.items()}, date(2026, 10, 2)
    rules.check_past(said, said | {"2026-10-12": HOLIDAY}, first, date(2026, 10, 12))
    rules.check_past(said, {}, first, date(2026, 10, 1))
    rules.check_past(said, said | {"2026-09-30": HOLIDAY}, first, date(2026, 10, 12))
    for days in ({}, said | {"2026-10-09": HOLIDAY}, said | {"2026-10-10": HOLIDAY}):
        with pytest.raises(DataError, match="calendar-past"):
            rules.check_past(said, days, first, date(2026, 10, 12))
