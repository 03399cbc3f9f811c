"""Days, deadlines and limits (spec/oversight.md §1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache, lru_cache

from zhilu.server.organisation import rules_calendar
from zhilu.server.oversight.findings.facts import Day, Limit

BEIJING_S, DAY_S, HOUR_S = 8 * 3600, 86_400, 3600
"""Beijing has had no other time than UTC+8 since 1991."""
_EPOCH = date(1970, 1, 1)
BUILT_IN = {
    "edge_s": "60", "gap_s": "30", "black_s": "30", "silent_s": "300", "clock_s": "60", "upload_h": "24",
    "state_days": "3", "link_days": "3", "keep_days": "3", "bare_s": "300", "boot_s": "60",
    "officer_check_least": "key", "match_days": "3", "burst_count": "10", "burst_s": "3600",
}  # fmt: skip
OF_TEXT = "officer_check_least"
"""The limit that is no number."""


def day_of(at: int) -> date:
    return _day((at + BEIJING_S) // DAY_S)


@lru_cache(100_000)
def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def midnight(day: date) -> int:
    """At which the day begins."""
    return (day - _EPOCH).days * DAY_S - BEIJING_S


def days_of(since: int, until: int) -> list[date]:
    """All that a stretch touches."""
    first, last = (since + BEIJING_S) // DAY_S, (max(since, until - 1) + BEIJING_S) // DAY_S
    return [_day(number) for number in range(first, last + 1)]


class Calendar:
    def __init__(self, days: Iterable[Day]) -> None:
        self._days = {one.day: one.kind for one in days}
        self.deadline = cache(self._deadline)

    def _deadline(self, day: date, workdays: int) -> int:
        """The end of the last of as many worked days after the day."""
        return midnight(rules_calendar.add_workdays(day, workdays, self._days)) + DAY_S

    def after_hours(self, at: int, hours: int) -> int:
        """Hours that run on worked days only."""
        left = hours * HOUR_S
        while True:
            day = day_of(at)
            end = midnight(day) + DAY_S
            if rules_calendar.is_workday(day, self._days):
                if left <= end - at:
                    return at + left
                left -= end - at
            at = end


class Limits:
    def __init__(self, lines: Iterable[Limit]) -> None:
        built_in = [Limit(name, value, date.min) for name, value in BUILT_IN.items()]
        self._lines = sorted([*built_in, *lines], key=lambda one: (one.since, one.value))
        self.text = cache(self._find)

    def _find(self, name: str, day: date) -> str:
        return [one.value for one in self._lines if one.name == name and one.since <= day][-1]

    def number(self, name: str, day: date) -> int:
        return int(self.text(name, day))
