"""Days and times of a demonstration county, Beijing (pure)."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def is_workday(day: date) -> bool:
    """Monday to Friday, but for the week of the national holiday."""
    return day.weekday() < 5 and not (day.month == 10 and day.day <= 7)


def workdays(first: date, last: date) -> list[date]:
    """From `first` to `last`, both of them."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if is_workday(day)]


def after(day: date, count: int = 1) -> date:
    """The `count`th workday after."""
    while count:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute, second), BEIJING)


def some_time(chance: random.Random, day: date, first: int, last: int) -> datetime:
    """Some second between two hours of the day."""
    return at(day, first) + timedelta(seconds=chance.randrange((last - first) * 3600))
