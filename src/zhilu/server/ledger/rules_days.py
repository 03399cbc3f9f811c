"""Days are Beijing's: when one begins, and which one a moment is of."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def in_beijing(at: datetime) -> datetime:
    """The last hours of the calendar, which are in no year there, stay in UTC: no time is an error."""
    try:
        return at.astimezone(BEIJING)
    except (OverflowError, ValueError):
        return at


def day_of(at: datetime) -> date:
    """The day in Beijing."""
    return in_beijing(at).date()


def midnight(day: date) -> datetime:
    """The moment at which a day begins in Beijing."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)
