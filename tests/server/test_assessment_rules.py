"""Points by the pure rules: prices, mosts, means, months, places."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhilu.errors import DataError
from zhilu.server.assessment import rules, scheme
from zhilu.server.assessment.rules import Ground, Result, Stay
from zhilu.server.assessment.scheme import BUILT_IN, CONDUCT

MARCH = date(2026, 3, 1)
ANNA, BEN = UUID(int=1), UUID(int=2)
FIRST, SECOND, THIRD = (UUID(int=10 + number) for number in range(3))
KINDS = {FIRST: "inspection", SECOND: "administration", THIRD: "support"}


def stay(person: UUID = ANNA, department: UUID = FIRST, first: int = 1, days: int = 31, **more: Any) -> Stay:
    return Stay(person, department, more.get("rank", "officer"), date(2026, 3, first), days)


def fault(code: str = "missing", day: int = 5, person: UUID = ANNA, ref: str = "") -> Ground:
    return Ground(rules.FINDING, code, ref or uuid4().hex, date(2026, 3, day), person, None)


def good(kind: str = "dispute-settled", day: int = 6, person: UUID = ANNA) -> Ground:
    return Ground(rules.OUTCOME, kind, str(uuid4()), date(2026, 3, day), person, None)


def assessed(stays: list[Stay], *grounds: Ground, by: scheme.Scheme = BUILT_IN) -> Result:
    return rules.assess(by, stays, grounds, KINDS)


def test_a_person_has_the_base_less_what_was_decided_and_plus_what_was_good() -> None:
    result = assessed([stay()], fault("missing"), fault("late"), fault("late-72"), good())
    (line,) = result.lines
    assert (line.tenths, line.deducted, line.credited) == (1000 - 50 - 10 - 30 + 20, 90, 20)
    assert result.tenths == result.units[0].tenths == line.tenths


@pytest.mark.parametrize(
    ("code", "tenths"),
    [("missing", 50), ("late", 10), ("late-72", 30), ("incomplete", 20), ("gap", 20), ("not-linked", 10),
     ("clock-off", 10), ("mark-missing", 10), ("weak-check", 0), ("viewing-burst", 0), ("no-such-rule", 0)],
)  # fmt: skip
def test_the_built_in_prices_are_the_composed_ones(code: str, tenths: int) -> None:
    assert assessed([stay()], fault(code)).lines[0].deducted == tenths


def test_conduct_costs_what_its_item_costs_and_else_what_conduct_does() -> None:
    by = replace(BUILT_IN, items={"civil-language": 50, "told": 0})
    items = [Ground(rules.REVIEW, item, "r", MARCH, ANNA, None) for item in ("civil-language", "told", "x")]
    assert [one.tenths for one in assessed([stay()], *items, by=by).lines[0].items] == [-50, -20]


def test_of_each_rule_there_is_a_most_and_the_earlier_count() -> None:
    many = [fault("clock-off", day) for day in (9, 3, 5, 7, 1, 11, 13)]
    (line,) = assessed([stay()], *many).lines
    assert line.deducted == 50 and [one.tenths for one in line.items] == [-10] * 5 + [0, 0]
    assert [one.day.day for one in line.items] == [1, 3, 5, 7, 9, 11, 13]
    assert len(rules.to_json(line)[5]) == 5


def test_one_persons_line_fits_its_entry_whatever_the_scheme_and_however_much_was_found() -> None:
    import json

    from zhilu.server.assessment.events import LONGEST

    codes = [f"rule-{number}-of-a-long-name" for number in range(20)]
    by = replace(BUILT_IN, base=2000, most=2000, deductions=dict.fromkeys(codes, (5, 2000)))
    many = [fault(code, 1 + number % 31) for code in codes for number in range(300)]
    (line,) = assessed([stay()], *many, by=by).lines
    assert line.tenths == 0 and len(rules.to_json(line)[5]) == rules.MOST_ITEMS
    assert len(json.dumps(rules.to_json(line))) < LONGEST * 2 // 3


def test_a_ground_that_comes_twice_counts_once() -> None:
    one = fault(ref="a" * 32)
    assert assessed([stay()], one, one).lines[0].deducted == 50


def test_nobody_falls_below_the_least_or_rises_above_the_most() -> None:
    bad = [fault(code, day) for code in BUILT_IN.deductions for day in range(1, 29)]
    (line,) = assessed([stay()], *bad).lines
    assert line.deducted > 1000 and line.tenths == 0
    fine = [good(kind) for kind in BUILT_IN.credits for _ in range(9)]
    assert assessed([stay()], *fine).lines[0].tenths == 1200


def test_who_was_at_no_post_counts_nowhere() -> None:
    result = assessed([stay()], fault(person=BEN))
    assert [one.person for one in result.lines] == [ANNA] and result.tenths == 1000


def test_in_a_month_with_nobody_there_is_nothing() -> None:
    assert assessed([], fault()) == Result((), (), None)
    with pytest.raises(DataError) as error:
        from zhilu.server.assessment import rules_objections

        rules_objections.check_anybody(assessed([]))
    assert error.value.code == "assessment-empty"


def test_who_was_transferred_leaves_each_finding_where_it_was() -> None:
    stays = [stay(days=10), stay(department=SECOND, first=11, days=21)]
    result = assessed(stays, fault(day=10), fault("gap", day=11), good(day=31))
    (line,) = result.lines
    assert line.department == SECOND and line.tenths == 1000 - 70 + 20
    units = {one.department: (one.tenths, one.persons, one.days) for one in result.units}
    assert units == {FIRST: (950, 1, 10), SECOND: (1000, 1, 21)}
    assert result.tenths == 975


def test_a_ground_of_a_day_without_a_post_belongs_to_the_named_department_or_the_longest() -> None:
    stays = [stay(days=5), stay(department=SECOND, first=10, days=20)]
    at_first = replace(fault(day=7), department=FIRST)
    strange = replace(fault(day=7), department=THIRD)
    places = [one.department for one in assessed(stays, at_first, strange).lines[0].items]
    assert sorted(places) == [FIRST, SECOND]


def test_of_two_posts_that_begin_on_one_day_always_the_same_counts() -> None:
    stays, one = [stay(days=5), stay(department=SECOND, days=9)], fault(day=3)
    assert assessed(stays, one) == assessed(stays[::-1], one)


def test_a_department_is_the_mean_of_its_people_by_their_days_rounded_half_up() -> None:
    result = assessed([stay(days=1), stay(BEN, days=2)], fault("late", day=1))
    assert result.units[0].tenths == 997  # (990 + 2 × 1000) ÷ 3 = 996.67
    assert rules.mean([(1, 1), (2, 1)]) == 2 and rules.mean([(0, 1), (1, 2)]) == 1
    assert rules.mean([]) is None and rules.mean([(5, 0)]) is None and rules.mean([(None, 3)]) is None


def test_ranks_and_kinds_have_weights() -> None:
    by = replace(BUILT_IN, ranks={"head": 0}, kinds={"support": 0, "inspection": 3})
    stays = [stay(), stay(BEN, rank="head"), stay(UUID(int=3), SECOND), stay(UUID(int=4), THIRD)]
    result = assessed(stays, fault(person=BEN), fault(person=UUID(int=3)), fault(person=UUID(int=4)), by=by)
    assert [one.tenths for one in result.units] == [1000, 950, 950]
    assert result.tenths == 988  # (3 × 1000 + 950) ÷ 4 = 987.5


people = st.integers(1, 6).map(lambda number: UUID(int=number))
grounds = st.builds(
    lambda code, ref, day, person: Ground(rules.FINDING, code, ref, date(2026, 3, day), person, None),
    st.sampled_from([*BUILT_IN.deductions, "other"]), st.text("abc", min_size=1, max_size=3),
    st.integers(1, 31), people,
)  # fmt: skip
stays_ = st.builds(
    lambda person, place, first, days: stay(person, place, first, days),
    people, st.sampled_from([FIRST, SECOND, THIRD]), st.integers(1, 20), st.integers(1, 11),
)  # fmt: skip


@given(st.lists(stays_, max_size=6), st.lists(grounds, max_size=20), st.randoms())
def test_the_order_in_which_things_come_changes_nothing(stays: Any, found: Any, random: Any) -> None:
    once = list({(one.key, one.person): one for one in found}.values())
    result = assessed(stays, *once)
    random.shuffle(once)
    random.shuffle(stays)
    again = assessed(stays, *once)
    assert again == result
    for line in result.lines:
        assert line.tenths == BUILT_IN.bounded(1000 + sum(one.tenths for one in line.items))
    values = [one.tenths for one in result.lines]
    if values:
        assert result.tenths is not None and type(result.tenths) is int and 0 <= result.tenths <= 1200


# -- months


def test_a_month_is_written_one_way() -> None:
    assert rules.month_of("2026-03") == MARCH and rules.said(MARCH) == "2026-03"
    for odd in ("2026-3", "2026-13", "1999-12", "3000-01", "2026-03-01", "", "２０２６-03", "2026-W1", "x"):
        assert rules.month_of(odd) is None


def test_a_stay_is_what_of_a_post_lies_in_the_month() -> None:
    def days(since: date, until: date | None) -> int:
        return rules.stay_in(MARCH, ANNA, FIRST, "officer", since, until).days

    assert days(date(2020, 1, 1), None) == 31
    assert days(date(2026, 3, 31), None) == 1 and days(date(2020, 1, 1), date(2026, 3, 2)) == 1
    assert days(date(2020, 1, 1), MARCH) == days(date(2026, 4, 1), None) == days(MARCH, MARCH) == 0


def test_what_is_decided_after_its_month_was_published_counts_when_it_was_decided() -> None:
    published = {MARCH: datetime(2026, 4, 10, tzinfo=UTC)}
    early, late = datetime(2026, 4, 9, tzinfo=UTC), datetime(2026, 5, 3, tzinfo=UTC)
    day, may = date(2026, 3, 20), date(2026, 5, 1)
    assert rules.counts_in(MARCH, day, early, early.date(), published)
    assert not rules.counts_in(MARCH, day, late, late.date(), published)
    assert rules.counts_in(may, day, late, late.date(), published)
    assert not rules.counts_in(may, day, early, early.date(), published)
    assert rules.counts_in(MARCH, day, late, late.date(), {}) and not rules.counts_in(
        may, day, late, late.date(), {}
    )


def test_over_72_hours_is_48_after_the_deadline() -> None:
    assert rules.code_of("late", [[0, 48 * 3600]]) == "late"
    assert rules.code_of("late", [[0, 48 * 3600 + 1]]) == "late-72"
    assert rules.code_of("gap", [[0, 10**9]]) == "gap" and rules.code_of("late", []) == "late"


# -- beside others


def test_fewer_than_three_are_no_ranking_and_equals_share_a_place() -> None:
    def places(*units: tuple[str, int, int | None]) -> dict[str, tuple[int, int]]:
        return rules.places_among(units)

    assert places(("a", 1, 990), ("b", 1, 980), ("c", 2, 970)) == {}
    assert places(("a", 1, 990), ("b", 1, 980), ("c", 1, None)) == {}
    assert places(("a", 1, 990), ("b", 1, 980), ("c", 1, 990), ("d", 2, 1)) == {
        "a": (1, 3), "c": (1, 3), "b": (3, 3),
    }  # fmt: skip


# -- schemes


def said(**changed: Any) -> dict[str, Any]:
    return scheme.to_json(BUILT_IN) | changed


def read(**changed: Any) -> scheme.Scheme:
    scheme.check_scored(said(**changed), set(BUILT_IN.deductions))
    return scheme.read(1, MARCH, said(**changed))


def test_a_scheme_is_read_as_it_was_written() -> None:
    got = read()
    assert scheme.to_json(got) == said() and got.price(False, "missing", "") == (50, 500)


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("scheme-bounds", {"base": 1300}),
        ("scheme-bounds", {"least": 1001}),
        ("scheme-bounds", {"most": 2001}),
        ("scheme-bounds", {"base": 0, "least": 0}),
        ("scheme-rule", {"deductions": {"tampering": [10, 10]}}),
        ("scheme-credit", {"credits": {"tax-collected": [10, 10]}}),
        ("scheme-price", {"deductions": {"missing": [4, 10]}}),
        ("scheme-price", {"deductions": {"missing": [20, 10]}}),
        ("scheme-price", {"deductions": {"missing": [-5, 10]}}),
        ("scheme-price", {"deductions": {"missing": [5, 1201]}}),
        ("scheme-price", {"deductions": {"missing": [5.5, 10]}}),
        ("scheme-price", {"deductions": {"missing": [True, 10]}}),
        ("scheme-price", {"deductions": {"missing": 5}}),
        ("scheme-price", {"items": {"told": "5"}}),
        ("scheme-items", {"items": {f"item-{n}": 10 for n in range(201)}}),
        ("scheme-items", {"items": {"a\0": 10}}),
        ("scheme-items", {"items": {"": 10}}),
        ("scheme-weight", {"ranks": {"officer": 11}}),
        ("scheme-weight", {"ranks": {"general": 1}}),
        ("scheme-weight", {"kinds": {"legal": 1.5}}),
    ],
)
def test_what_no_scheme_can_be_is_refused(code: str, changed: dict[str, Any]) -> None:
    with pytest.raises(DataError) as error:
        read(**changed)
    assert error.value.code == code


def test_a_scheme_is_not_dated_back_and_not_changed_unseen() -> None:
    april = date(2026, 4, 1)
    scheme.check_version(1, april, BUILT_IN, april)
    for code, version, since, newest in (
        ("scheme-month", 1, MARCH, BUILT_IN),
        ("scheme-version", 2, april, BUILT_IN),
        ("scheme-month", 2, april, replace(BUILT_IN, version=1, since=date(2026, 5, 1))),
    ):
        with pytest.raises(DataError) as error:
            scheme.check_version(version, since, newest, april)
        assert error.value.code == code


def test_what_is_said_is_formed_as_demanded_or_not_taken() -> None:
    (line,) = assessed([stay()], fault(), good()).lines
    good_line = rules.to_json(line)
    assert rules.is_sound([[str(FIRST), None, 1, 2]], [good_line])
    for place, odd in ((0, "x"), (0, str(ANNA).upper() + "0"), (1, None), (2, 1.5), (2, True), (3, 10**9),
                       (4, "1"), (5, None), (5, [[]]), (5, [["sin", *good_line[5][0][1:]]])):  # fmt: skip
        bad = list(good_line)
        bad[place] = odd
        assert not rules.is_sound([], [bad]), (place, odd)
    assert not rules.is_sound([[str(FIRST), 1, -1, 2]], []) and not rules.is_sound(["x"], [])
    assert rules.difference([good_line, good_line], [good_line]) == "twice"
    assert rules.difference([good_line], [good_line]) == ""
    assert rules.difference([], [good_line]) == str(ANNA)


def test_points_are_shown_to_the_tenth() -> None:
    assert [rules.shown(one) for one in (None, 0, 5, 1000, -15, 975)] == [
        "—",
        "0.0",
        "0.5",
        "100.0",
        "−1.5",
        "97.5",
    ]
    assert [rules.signed(one) for one in (0, 5, -15)] == ["0.0", "+0.5", "−1.5"]
    assert CONDUCT in BUILT_IN.deductions
