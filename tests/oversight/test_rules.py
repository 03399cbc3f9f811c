"""Each rule at its limit: one second less says nothing, one more is found; and who and what excuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest

from support.oversight_case import (
    ACT,
    AS_IT_SHOULD_BE,
    HOUR,
    LINK,
    LISTED,
    MONDAY,
    NINE,
    RECORDING,
    SPAN,
    STATEMENT,
    TASK,
    findings,
    found,
    spoil,
)
from zhilu.server.oversight.findings import facts
from zhilu.server.oversight.findings.days import Calendar, midnight
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.findings.facts import (
    Department,
    Docking,
    Limit,
    Outcome,
    Release,
    Rollout,
    Stretch,
    Viewing,
)
from zhilu.server.oversight.findings.rule import BEGINNING, SEVERITIES, id_of
from zhilu.server.oversight.rules_answers import EXPLAINS

DONE: dict[str, Any] = {"acts": (), "spans": (), "recordings": (), "links": (), "statements": ()}
"""Nothing was."""
rec, act, task = partial(replace, RECORDING), partial(replace, ACT), partial(replace, TASK)
listed, link = partial(replace, LISTED), partial(replace, LINK)
DRILL = rec(drill=True)
HOLIDAYS = (facts.Day(date(2026, 3, 3), "holiday"),)


def gap(seconds: int, kind: str = "gap") -> facts.Stretch:
    return Stretch("rec", kind, 600, 600 + seconds)


def told(
    kind: str, subject: str, by: str = "head", decision: str = "approved", **when: int
) -> dict[str, Any]:
    between = {"since": None, "until": None, **when}
    return {
        "explanations": (facts.Explanation(subject, kind, decision=decision, decided_by=by, **between),)  # type: ignore[arg-type]
    }


def boot(seconds: int, **more: Any) -> facts.Boot:
    row = {"docked": False, "reason": "", **more}
    return facts.Boot("boot", "r9", "li", NINE, NINE + seconds, **row)


def releases(count: int, apart: int, same: bool = False) -> tuple[facts.Release, ...]:
    return tuple(
        Release(f"v{at}", "zhao", "one" if same else f"rec{at}", NINE + at * apart) for at in range(count)
    )


MISSING, DRILLED = [("missing", "task")], [("drill-over-task", "task")]
LATE, CLOCK, WEAK = [("late", "rec")], [("clock-off", "rec")], [("weak-check", "rec")]
GAP, BLACK = [("gap", "act")], [("black-or-silent", "act")]
START, END = [("starts-late", "act")], [("ends-early", "act")]
NOT_LINKED, KEPT = [("not-linked", "act")], [("retention-not-lengthened", "rec")]
BOOT, BURST = [("boot-without-recording", "boot")], [("viewing-burst", f"zhao/{MONDAY}")]
OTHERS, REFUSED = [("wrong-officer", "act")], [("clearing-refused", "dock")]
UNUSED = [("viewing-unused", "v")]
NOTHING: list[tuple[str, str]] = []
CASES: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("as it should be", {}, NOTHING),
    ("nothing was done", DONE, MISSING),
    ("and by nobody", DONE | {"tasks": (task(officers=()),)}, NOTHING),
    ("the hours to collect are not over", DONE | {"as_of": NINE + 25 * HOUR - 1}, NOTHING),
    ("they are over", DONE | {"as_of": NINE + 25 * HOUR}, MISSING),
    ("a holiday lies between", DONE | {"as_of": NINE + 25 * HOUR, "calendar": HOLIDAYS}, NOTHING),
    ("approved", DONE | told("not-recorded", "task"), NOTHING),
    ("approved by himself", DONE | told("not-recorded", "task", by="li"), MISSING),
    ("not decided", DONE | told("not-recorded", "task", decision="", by=""), MISSING),
    ("an explanation of another kind", DONE | told("reassigned", "task"), MISSING),
    ("outside the period", DONE | {"last": date(2026, 3, 1)}, NOTHING),
    ("the procedure is not listed", DONE | {"catalogue": ()}, NOTHING),
    ("rolled out elsewhere", DONE | {"rollout": (Rollout("d2", "priority", MONDAY, None),)}, NOTHING),
    ("rolled out above", DONE | {
        "rollout": (Rollout("d0", "priority", date(2026, 1, 1), None),),
        "departments": (Department("d1", "d0"), Department("d0", "")),
    }, MISSING),
    ("departments in a circle", DONE | {
        "rollout": (Rollout("d9", "priority", date(2026, 1, 1), None),),
        "departments": (Department("d1", "d0"), Department("d0", "d1")),
    }, NOTHING),
    ("the rollout ended that day", DONE | {
        "rollout": (Rollout("", "priority", date(2026, 1, 1), MONDAY),)}, NOTHING),
    ("only a drill", DONE | {"recordings": (DRILL,)}, DRILLED),
    ("an act on a drill", {"recordings": (DRILL,)}, DRILLED),
    ("a drill of five minutes", DONE | {"recordings": (rec(drill=True, closed=NINE + 300 + 300),)}, DRILLED),
    ("a drill as good as none", DONE | {"recordings": (replace(DRILL, closed=NINE + 300 + 299),)}, MISSING),
    ("recorded, described by nobody", DONE | {"recordings": (RECORDING,)}, [("not-linked", "rec")]),
    ("recorded and set aside", DONE | {"recordings": (rec(aside=True),)}, MISSING),
    ("collected after 24 h", {"recordings": (rec(collected=NINE + 1800 + 24 * HOUR),)}, NOTHING),
    ("a second later", {"recordings": (rec(collected=NINE + 1801 + 24 * HOUR),)}, LATE),
    ("a holiday's hours do not run", {"recordings": (
        rec(collected=NINE + 1800 + 48 * HOUR),), "calendar": HOLIDAYS}, NOTHING),
    ("nor do they end early", {"recordings": (
        rec(collected=NINE + 1801 + 48 * HOUR),), "calendar": HOLIDAYS}, LATE),
    ("a drill may lie", {"recordings": (
        RECORDING, rec(recording="d", officer="wang", recorder="r2", drill=True, collected=NINE + 90 * HOUR)
    )}, NOTHING),
    ("an import has no dock", {"recordings": (
        rec(origin="import", collected=NINE + 90 * HOUR, officer_check="none", offset=None),
    )}, NOTHING),
    ("begun a minute before", {"acts": (act(began=NINE + 240),)}, NOTHING),
    ("and a second", {"acts": (act(began=NINE + 239),)}, START),
    ("why is approved", {"acts": (act(began=NINE),), **told("not-recorded", "task")}, NOTHING),
    ("of year one in thousands", {"acts": (act(began=0),)}, START),
    ("ended a minute after", {"acts": (act(ended=NINE + 1860),)}, NOTHING),
    ("and a second later", {"acts": (act(ended=NINE + 1861),)}, END),
    ("it does not say when", {"acts": (act(began=None, ended=None),)}, NOTHING),
    ("why it ended is approved", {"acts": (act(ended=NINE + 2400),), **told("not-recorded", "act")}, NOTHING),
    ("a break was told of", {"acts": (act(ended=NINE + 2400),),
        **told("interrupted", "act", since=NINE + 1800, until=NINE + 2400)}, NOTHING),
    ("another break was", {"acts": (act(ended=NINE + 2400),),
        **told("interrupted", "act", since=NINE + 400, until=NINE + 500)}, END),
    ("the officer's other recording goes on", {"acts": (act(ended=NINE + 2400),), "recordings": (
        RECORDING, rec(recording="b", opened=NINE + 1800, closed=NINE + 2390, aside=True))}, NOTHING),
    ("thirty seconds", {"stretches": (gap(30),)}, NOTHING),
    ("thirty-one", {"stretches": (gap(31),)}, GAP),
    ("two of thirty", {"stretches": (gap(30), Stretch("rec", "gap", 700, 730))}, NOTHING),
    ("told of", {
        "stretches": (gap(90),), **told("interrupted", "act", since=NINE + 900, until=NINE + 990)
    }, NOTHING),
    ("told of, for all of it", {"stretches": (gap(90),), **told("interrupted", "act")}, NOTHING),
    ("told of, from when on", {"stretches": (gap(90),), **told("interrupted", "act", since=NINE)}, GAP),
    ("told of by himself", {"stretches": (gap(90),), **told("interrupted", "act", by="li")}, GAP),
    ("the clock was off between two", {
        "recordings": (rec(closed=NINE + 1000),
                       rec(recording="b", opened=NINE + 1000 + 50, closed=NINE + 1850, offset=50)),
        "spans": (SPAN, facts.Span("act", "b", 0, 800))}, NOTHING),
    ("black for a while", {"stretches": (gap(30, "black"),)}, NOTHING),
    ("black for longer", {"stretches": (gap(31, "black"),)}, BLACK),
    ("silent for longer", {"stretches": (gap(301, "silent"),)}, BLACK),
    ("black in a gap is a gap", {"stretches": (gap(90), gap(90, "black"))}, GAP),
    ("no statement", {"statements": ()}, [("incomplete", "act")]),
    ("three workdays are not over", {"statements": (), "as_of": midnight(date(2026, 3, 6)) - 1}, NOTHING),
    ("they are", {"statements": (), "as_of": midnight(date(2026, 3, 6))}, [("incomplete", "act")]),
    ("two are demanded", {"catalogue": (listed(min_officers=2),)}, [("too-few-officers", "act")]),
    ("two are there", {"catalogue": (listed(min_officers=2),),
        "acts": (act(officers=("li", "wang")),)}, NOTHING),
    ("linked to nobody", {"links": ()}, NOT_LINKED),
    ("still to be linked", {"links": (), "as_of": midnight(date(2026, 3, 6)) - 1}, NOTHING),
    ("still to be described", DONE | {
        "recordings": (RECORDING,), "as_of": midnight(date(2026, 3, 6)) - 1}, NOTHING),
    ("an undescribed touch", {"recordings": (
        RECORDING, rec(recording="b", opened=NINE + 9000, closed=NINE + 9299, officer="wang"))}, NOTHING),
    ("an undescribed visit", {"recordings": (
        RECORDING, rec(recording="b", opened=NINE + 9000, closed=NINE + 9300, officer="wang")
    )}, [("not-linked", "b")]),
    ("linked in time", {"links": (link(at=midnight(date(2026, 3, 6))),)}, NOTHING),
    ("a second too late", {"links": (link(at=midnight(date(2026, 3, 6)) + 1),)}, NOT_LINKED),
    ("not to its document", {"tasks": (task(document="D1"),)}, NOT_LINKED),
    ("a minute off", {"recordings": (rec(offset=-60, opened=NINE + 240, closed=NINE + 1740),)}, NOTHING),
    ("and a second off", {"recordings": (rec(offset=-61, opened=NINE + 239, closed=NINE + 1739),)}, CLOCK),
    ("a drill's clock", {"recordings": (
        RECORDING, rec(recording="d", offset=500, officer="wang", recorder="r2", drill=True))}, NOTHING),
    ("an import's clock", {"recordings": (
        RECORDING, rec(recording="d", offset=500, officer="wang", recorder="r2", origin="import", aside=True)
    )}, NOTHING),
    ("the limit was 30 by then", {
        "recordings": (rec(offset=40, opened=NINE + 340, closed=NINE + 1840),),
        "limits": (Limit("clock_s", "30", MONDAY),)}, CLOCK),
    ("the limit came later", {
        "recordings": (rec(offset=40, opened=NINE + 340, closed=NINE + 1840),),
        "limits": (Limit("clock_s", "30", date(2026, 3, 3)),)}, NOTHING),
    ("a mark is demanded", {"catalogue": (listed(marks=1),)}, [("mark-missing", "act")]),
    ("and there", {"catalogue": (listed(marks=1),), "marks": (facts.Mark("rec", 1500),)}, NOTHING),
    ("and outside", {"catalogue": (listed(marks=1),), "marks": (facts.Mark("rec", 1501),)},
        [("mark-missing", "act")]),
    ("on for a minute", {"boots": (boot(60),)}, BOOT),
    ("on for less", {"boots": (boot(59),)}, NOTHING),
    ("docked", {"boots": (boot(900, docked=True),)}, NOTHING),
    ("said why", {"boots": (boot(900, reason="storage"),)}, NOTHING),
    ("recorded", {"boots": (
        facts.Boot("boot", "r1", "li", NINE, NINE + 900, False, ""),)}, NOTHING),
    ("recorded as it was switched on", {"boots": (
        facts.Boot("boot", "r1", "li", NINE + 300, NINE + 900, False, ""),)}, NOTHING),
    ("recorded when it was off again", {"boots": (
        facts.Boot("boot", "r1", "li", NINE, NINE + 300, False, ""),)}, BOOT),
    ("by nobody", {"recordings": (rec(officer_check="none"),)}, WEAK),
    ("a check that nobody knows", {"recordings": (rec(officer_check="?"),)}, WEAK),
    ("both were demanded", {"limits": (Limit("officer_check_least", "fprintd+key", MONDAY),)}, WEAK),
    ("refused", {"dockings": (Docking("dock", "r1", "li", NINE, "checkpoint"),)}, REFUSED),
    ("not yet", {"dockings": (Docking("dock", "r1", "li", NINE, "quorum"),)}, NOTHING),
    ("by another", {"tasks": (task(officers=("wang",)),)}, OTHERS),
    ("with another's recorder", {"recordings": (rec(officer="wang"),)}, OTHERS),
    ("handed over", {"tasks": (task(officers=("wang",)),), **told("reassigned", "act")}, NOTHING),
    ("never opened", {"viewings": (Viewing("v", "zhao", "approved", NINE),)}, UNUSED),
    ("opened", {"viewings": (Viewing("v0", "zhao", "approved", NINE),), "releases": releases(1, 1)}, NOTHING),
    ("ten within an hour", {"releases": releases(10, 60)}, NOTHING),
    ("eleven", {"releases": releases(11, 360)}, BURST),
    ("thirty are one burst of a day", {"releases": releases(30, 60)}, BURST),
    ("eleven in more", {"releases": releases(11, 361)}, NOTHING),
    ("one, eleven times", {"releases": releases(11, 60, same=True)}, NOTHING),
    ("a case", {"links": (LINK, link(kind="case", number="C"))}, KEPT),
    ("a case, kept with it", {"links": (LINK, link(kind="case", number="C")),
        "recordings": (rec(keep="case"),)}, NOTHING),
    ("off-book", {"outcomes": (Outcome("act", "off-book-found", NINE, None),)}, KEPT),
    ("off-book for three workdays", {
        "outcomes": (Outcome("act", "off-book-found", NINE, None),),
        "as_of": midnight(date(2026, 3, 6))}, KEPT),
    ("for a second less", {
        "outcomes": (Outcome("act", "off-book-found", NINE, None),),
        "as_of": midnight(date(2026, 3, 6)) - 1}, NOTHING),
    ("still off-book", {
        "outcomes": (Outcome("act", "off-book-found", NINE, midnight(date(2026, 4, 1))),)}, KEPT),
    ("off-book tomorrow", {
        "outcomes": (Outcome("act", "off-book-found", midnight(date(2026, 4, 1)), None),)}, NOTHING),
    ("two acts in one recording", {
        "acts": (ACT, act(act="act2")), "spans": (SPAN, facts.Span("act2", "rec", 0, 1500)),
        "links": (LINK, link(act="act2", number="T2"), link(kind="case"), link(act="act2", kind="case")),
        "statements": (STATEMENT, replace(STATEMENT, act="act2"))}, KEPT),
    ("withdrawn", {"outcomes": (Outcome("act", "off-book-found", NINE, NINE + 9),)}, NOTHING),
]  # fmt: skip

BREAK, LONGER = {"stretches": (gap(90),)}, {"acts": (act(ended=NINE + 2400),)}
"""From 900 to 990 seconds after nine; from 1800 to 2400."""
CASES += [
    (f"{name}, told of from {since} to {until}",
     changed | told("interrupted", "act", since=NINE + since, until=NINE + until), wanted)
    for name, changed, since, until, wanted in (
        ("a gap", BREAK, 960, 1000, NOTHING), ("a gap", BREAK, 961, 1000, GAP),
        ("a gap", BREAK, 900, 930, NOTHING), ("a gap", BREAK, 900, 929, GAP),
        ("the end", LONGER, 1860, 2400, NOTHING), ("the end", LONGER, 1861, 2400, END),
        ("the end", LONGER, 1800, 2340, NOTHING), ("the end", LONGER, 1800, 2339, END),
    )
]  # fmt: skip
CASES.append(("the end, all of it told of", LONGER | told("interrupted", "act"), NOTHING))


@pytest.mark.parametrize(("changed", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_rule_at_its_limit(changed: dict[str, Any], wanted: list[tuple[str, str]]) -> None:
    assert found(**changed) == wanted


def test_every_rule_is_met_here_and_says_what_it_is_in_both_languages() -> None:
    assert {code for _, _, wanted in CASES for code, _ in wanted} == {rule.code for rule in RULES}
    for rule in RULES:
        assert rule.severity in SEVERITIES and rule.since == BEGINNING
        assert rule.zh.endswith("。") and rule.en.endswith(".") and rule.en.isascii()


def test_an_approved_explanation_takes_away_what_its_form_is_offered_for() -> None:
    """`EXPLAINS` says to people what the rules do."""
    taken: dict[str, set[str]] = {kind: set() for kind in EXPLAINS}
    for _name, changed, wanted in CASES:
        for kind, codes in taken.items():
            if wanted and "explanations" not in changed:
                about = {subject for _code, subject in wanted} | {"task", "act"}
                said = tuple(one for subject in about for one in told(kind, subject)["explanations"])
                left = found(**changed, explanations=said)
                codes |= {code for code, subject in wanted if (code, subject) not in left}
    assert taken == EXPLAINS


def test_hours_of_duty_run_on_worked_days_and_end_with_them() -> None:
    calendar = Calendar([facts.Day(date(2026, 3, 7), "workday")])
    friday, saturday, monday = (midnight(date(2026, 3, day)) for day in (6, 7, 9))
    assert calendar.after_hours(friday, 24) == saturday
    assert calendar.after_hours(saturday, 24) == saturday + 24 * HOUR
    assert calendar.after_hours(saturday + HOUR, 24) == monday + HOUR
    assert calendar.after_hours(saturday + 30 * HOUR, 2) == monday + 2 * HOUR
    assert calendar.deadline(date(2026, 3, 6), 1) == saturday + 24 * HOUR
    assert calendar.deadline(date(2026, 3, 6), 2) == monday + 24 * HOUR


def test_an_id_is_that_of_rule_and_subject_and_no_more() -> None:
    (one,) = findings(spoil(stretches=(gap(90),)))
    (other,) = findings(spoil(stretches=(gap(95), Stretch("rec", "gap", 900, 990))))
    assert one.id == other.id == id_of("gap", "act")
    assert one.found.places != other.found.places
    assert id_of("gap", "act2") != one.id != id_of("late", "act")


def test_a_new_version_judges_the_days_from_its_own_on() -> None:
    (first,) = [rule for rule in RULES if rule.code == "clock-off"]
    none = replace(first, version=2, since=MONDAY, find=lambda world, matches: iter(()))
    off = {"recordings": (rec(offset=90, opened=NINE + 390, closed=NINE + 1890),)}
    assert [one.rule.version for one in findings(spoil(**off), [first])] == [1]
    assert findings(spoil(**off), [none, first]) == []
    later = replace(none, since=date(2026, 3, 3))
    assert [one.rule.version for one in findings(spoil(**off), [first, later])] == [1]
    same = replace(first, version=2, since=MONDAY)
    (second,) = findings(spoil(**off), [first, same])
    assert (second.rule.version, second.id) == (2, id_of("clock-off", "rec"))


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert findings(facts.Facts(AS_IT_SHOULD_BE.first, AS_IT_SHOULD_BE.last, AS_IT_SHOULD_BE.as_of)) == []
