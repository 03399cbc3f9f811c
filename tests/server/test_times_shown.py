"""No page fails on a time, whatever somebody signed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from zhilu.server.ledger.clock import day_of
from zhilu.server.pages.templatetags.zhilu import beijing, day, day_before

LAST, FIRST = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "at", [LAST, FIRST, LAST.replace(hour=16), FIRST.replace(tzinfo=timezone(timedelta(hours=14)))]
)
def test_the_ends_of_the_calendar_are_shown(at: datetime) -> None:
    assert day_of(at).year == at.year
    assert day(at) == day_of(at).isoformat()
    assert beijing(at).endswith(("59:59", "05:43", "00:00")), beijing(at)


def test_before_the_first_day_there_is_none() -> None:
    assert day_before(date.min) == "0001-01-01" and day_before(date(2026, 3, 1)) == "2026-02-28"


def test_any_other_time_is_beijings() -> None:
    assert beijing(datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)) == "9999-01-01 07:59:59"
    assert day_of(datetime(2026, 11, 30, 16, tzinfo=UTC)) == date(2026, 12, 1)
