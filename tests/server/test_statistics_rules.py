"""Rules of counting: shares, stretches of time, recorders in use, units of like size."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhilu.server.evidence.rules_links import OUTCOMES
from zhilu.server.statistics import rules
from zhilu.server.statistics.models import Tally
from zhilu.server.statistics.rules import Bucket, Issued, Share
from zhilu.server.statistics.services.tallies import stretches

HERE, THERE = UUID(int=1), UUID(int=2)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def test_a_share_of_nothing_is_no_rate() -> None:
    assert Share(0, 0).permille is None
    assert [Share(part, 8).permille for part in (0, 1, 7, 8)] == [0, 125, 875, 1000]
    assert (Share(1, 3).permille, Share(2, 3).permille, Share(1, 16).permille) == (333, 667, 63)


def test_every_rate_has_both_numbers() -> None:
    known = {*rules.NUMBERS, *rules.OF_RECORDERS}
    for rate in rules.RATES:
        assert {rate.part, rate.whole} <= known


def test_every_number_has_a_column_and_every_outcome_a_number() -> None:
    columns = [one.attname for one in Tally._meta.concrete_fields]
    assert tuple(columns[columns.index("recordings") :]) == rules.NUMBERS
    assert tuple(rules.OUTCOME_NUMBERS) == OUTCOMES


@settings(max_examples=60)
@given(DAYS, st.integers(0, 800), st.sampled_from(["day", "week", "month"]))
def test_stretches_cover_each_day_of_a_period_once(first: date, length: int, cut: str) -> None:
    last = first + timedelta(days=length)
    found = rules.buckets(first, last, cut)
    assert (found[0].first, found[-1].last) == (first, last)
    for one, after in itertools.pairwise(found):
        assert after.first - one.last == timedelta(days=1)
        assert rules.bucket_of(one.last, cut) != rules.bucket_of(after.first, cut)
    for one in found:
        assert one.first <= one.last
        assert rules.bucket_of(one.first, cut) == rules.bucket_of(one.last, cut)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 2, 28), date(2026, 2, 1), date(2026, 2, 28)),
        (date(2028, 2, 1), date(2028, 2, 1), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_month_ends_with_its_last_day(day: date, first: date, last: date) -> None:
    assert rules.month_of(day) == Bucket(first, last)


@settings(max_examples=60)
@given(DAYS, st.integers(0, 800))
def test_whole_months_and_what_is_left_make_up_the_period(first: date, length: int) -> None:
    period = Bucket(first, first + timedelta(days=length))
    months, rest = rules.whole_months(period)
    days = [
        one.first + timedelta(n) for one in (*months, *rest) for n in range((one.last - one.first).days + 1)
    ]
    assert sorted(days) == [first + timedelta(days=n) for n in range(length + 1)]
    assert all(rules.month_of(one.first) == one for one in months) and len(rest) <= 2


def test_a_long_period_is_not_cut_into_days() -> None:
    short, long = Bucket(date(2026, 1, 1), date(2026, 3, 1)), Bucket(date(2026, 1, 1), date(2026, 6, 1))
    asked = ("", "day", "week", "month", "year")
    assert [rules.cut_of(short, one) for one in asked] == ["week", "day", "week", "month", "week"]
    assert [rules.cut_of(long, one) for one in asked] == ["month", "month", "week", "month", "month"]


def test_a_recorder_counts_once_in_a_unit_and_only_while_it_is_issued() -> None:
    period = Bucket(date(2026, 5, 1), date(2026, 5, 31))
    issues = [
        Issued("a", HERE, None, date(2026, 4, 1), date(2026, 5, 1)),  # came back on the first day
        Issued("a", HERE, None, date(2026, 5, 20), None),
        Issued("b", HERE, None, date(2026, 5, 31), None),
        Issued("c", HERE, None, date(2026, 6, 1), None),
        Issued("d", HERE, None, date(2026, 1, 1), date(2026, 4, 30)),
        Issued("e", THERE, None, date(2026, 1, 1), None),
    ]
    found = rules.issued_in(issues, period)
    assert [one.recorder for one in found] == ["a", "a", "b", "e"]
    here = [one for one in found if one.department == HERE]
    # `c` has recordings too, and was not issued then.
    assert rules.use(here, {"a", "c"}) == Counter(issued=2, used=1)


def test_units_of_like_size_lie_in_one_band() -> None:
    sizes = [0, 1, 4, 5, 9, 10, 19, 20, 49, 50, 4000]
    assert [rules.band(one) for one in sizes] == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    for number in range(6):
        least, most = rules.band_ends(number)
        assert rules.band(least) == number and (most is None or rules.band(most) == number)
    assert rules.band_ends(5) == (50, None)


def test_days_are_counted_in_stretches_of_one_month_each() -> None:
    """A stretch of two months would leave a whole one between them without sums of its own."""
    for start in range(60):
        days = [date(2026, 1, 1) + timedelta(days=start + n) for n in (*range(70), 75, 77)]
        found = list(stretches(reversed(days)))
        assert [
            one.first + timedelta(days=n) for one in found for n in range((one.last - one.first).days + 1)
        ] == days
        assert all(rules.month_of(one.first) == rules.month_of(one.last) for one in found)


def test_a_few_seconds_are_not_said_to_be_no_time() -> None:
    said = {
        us: rules.shown_hours(Counter(us=us)) for us in (0, 1, 179_999_999, 180_000_000, 3_600_000_000_000)
    }
    assert list(said.values()) == ["0.0", "<0.1", "<0.1", "0.1", "1,000.0"]
