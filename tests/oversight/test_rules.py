"""Each rule at its limit: one second less says nothing, one more is found; and who and what excuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
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
    TASK,
    findings,
    found,
    spoil,
)
from zhilu.server.oversight.findings import facts
from zhilu.server.oversight.findings.days import midnight
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.findings.rule import BEGINNING, SEVERITIES, id_of

DONE: dict[str, Any] = {"acts": (), "spans": (), "recordings": (), "links": (), "statements": ()}
"""Nothing was."""
DRILL = replace(RECORDING, drill=True)
HOLIDAYS = (facts.Day(date(2026, 3, 3), "holiday"),)


def gap(seconds: int, kind: str = "gap") -> facts.Stretch:
    return facts.Stretch("rec", kind, 600, 600 + seconds)


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
        facts.Release(f"v{at}", "zhao", "one" if same else f"rec{at}", NINE + at * apart)
        for at in range(count)
    )


MISSING, DRILLED = [("missing", "task")], [("drill-over-task", "task")]
LATE, CLOCK, WEAK = [("late", "rec")], [("clock-off", "rec")], [("weak-check", "rec")]
GAP, BLACK = [("gap", "act")], [("black-or-silent", "act")]
START, END = [("starts-late", "act")], [("ends-early", "act")]
NOT_LINKED, KEPT = [("not-linked", "act")], [("retention-not-lengthened", "rec")]
BOOT, BURST = [("boot-without-recording", "boot")], [("viewing-burst", f"zhao/{MONDAY}")]
NOTHING: list[tuple[str, str]] = []
CASES: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("as it should be", {}, NOTHING),
    ("nothing was done", DONE, MISSING),
    ("the hours to collect are not over", DONE | {"as_of": NINE + 25 * HOUR - 1}, NOTHING),
    ("they are over", DONE | {"as_of": NINE + 25 * HOUR}, MISSING),
    ("a holiday lies between", DONE | {"as_of": NINE + 25 * HOUR, "calendar": HOLIDAYS}, NOTHING),
    ("approved", DONE | told("not-recorded", "task"), NOTHING),
    ("approved by himself", DONE | told("not-recorded", "task", by="li"), MISSING),
    ("not decided", DONE | told("not-recorded", "task", decision="", by=""), MISSING),
    ("an explanation of another kind", DONE | told("reassigned", "task"), MISSING),
    ("outside the period", DONE | {"last": date(2026, 3, 1)}, NOTHING),
    ("the procedure is not listed", DONE | {"catalogue": ()}, NOTHING),
    ("rolled out elsewhere", DONE | {"rollout": (facts.Rollout("d2", "priority", date(2026, 1, 1), None),)}, NOTHING),
    ("rolled out above", DONE | {
        "rollout": (facts.Rollout("d0", "priority", date(2026, 1, 1), None),),
        "departments": (facts.Department("d1", "d0"), facts.Department("d0", "")),
    }, MISSING),
    ("departments in a circle", DONE | {
        "rollout": (facts.Rollout("d9", "priority", date(2026, 1, 1), None),),
        "departments": (facts.Department("d1", "d0"), facts.Department("d0", "d1")),
    }, NOTHING),
    ("the rollout ended that day", DONE | {
        "rollout": (facts.Rollout("", "priority", date(2026, 1, 1), MONDAY),)}, NOTHING),
    ("only a drill", DONE | {"recordings": (DRILL,)}, DRILLED),
    ("an act on a drill", {"recordings": (DRILL,)}, DRILLED),
    ("a drill as good as none", DONE | {"recordings": (replace(DRILL, closed=NINE + 300 + 299),)}, MISSING),
    ("recorded, described by nobody", DONE | {"recordings": (RECORDING,)}, [("not-linked", "rec")]),
    ("recorded and set aside", DONE | {"recordings": (replace(RECORDING, aside=True),)}, MISSING),
    ("collected after 24 h", {"recordings": (replace(RECORDING, collected=NINE + 1800 + 24 * HOUR),)}, NOTHING),
    ("a second later", {"recordings": (replace(RECORDING, collected=NINE + 1801 + 24 * HOUR),)}, LATE),
    ("a holiday's hours do not run", {"recordings": (
        replace(RECORDING, collected=NINE + 1800 + 48 * HOUR),), "calendar": HOLIDAYS}, NOTHING),
    ("nor do they end early", {"recordings": (
        replace(RECORDING, collected=NINE + 1801 + 48 * HOUR),), "calendar": HOLIDAYS}, LATE),
    ("an import has no dock", {"recordings": (
        replace(RECORDING, origin="import", collected=NINE + 90 * HOUR, officer_check="none", offset=None),)}, NOTHING),
    ("begun a minute before", {"acts": (replace(ACT, began=NINE + 240),)}, NOTHING),
    ("and a second", {"acts": (replace(ACT, began=NINE + 239),)}, START),
    ("why is approved", {"acts": (replace(ACT, began=NINE),), **told("not-recorded", "task")}, NOTHING),
    ("of year one in thousands", {"acts": (replace(ACT, began=0),)}, START),
    ("ended a minute after", {"acts": (replace(ACT, ended=NINE + 1860),)}, NOTHING),
    ("and a second later", {"acts": (replace(ACT, ended=NINE + 1861),)}, END),
    ("a break was told of", {"acts": (replace(ACT, ended=NINE + 2400),),
        **told("interrupted", "act", since=NINE + 1800, until=NINE + 2400)}, NOTHING),
    ("another break was", {"acts": (replace(ACT, ended=NINE + 2400),),
        **told("interrupted", "act", since=NINE + 400, until=NINE + 500)}, END),
    ("the officer's other recording goes on", {"acts": (replace(ACT, ended=NINE + 2400),), "recordings": (
        RECORDING, replace(RECORDING, recording="b", opened=NINE + 1800, closed=NINE + 2000 + 390, aside=True))}, NOTHING),
    ("thirty seconds", {"stretches": (gap(30),)}, NOTHING),
    ("thirty-one", {"stretches": (gap(31),)}, GAP),
    ("two of thirty", {"stretches": (gap(30), facts.Stretch("rec", "gap", 700, 730))}, NOTHING),
    ("told of", {"stretches": (gap(90),), **told("interrupted", "act", since=NINE + 900, until=NINE + 990)}, NOTHING),
    ("told of by himself", {"stretches": (gap(90),), **told("interrupted", "act", by="li")}, GAP),
    ("the clock was off between two", {
        "recordings": (replace(RECORDING, closed=NINE + 1000),
                       replace(RECORDING, recording="b", opened=NINE + 1000 + 50, closed=NINE + 1850, offset=50)),
        "spans": (SPAN, facts.Span("act", "b", 0, 800))}, NOTHING),
    ("black for a while", {"stretches": (gap(30, "black"),)}, NOTHING),
    ("black for longer", {"stretches": (gap(31, "black"),)}, BLACK),
    ("silent for longer", {"stretches": (gap(301, "silent"),)}, BLACK),
    ("black in a gap is a gap", {"stretches": (gap(90), gap(90, "black"))}, GAP),
    ("no statement", {"statements": ()}, [("incomplete", "act")]),
    ("three workdays are not over", {"statements": (), "as_of": midnight(date(2026, 3, 6)) - 1}, NOTHING),
    ("they are", {"statements": (), "as_of": midnight(date(2026, 3, 6))}, [("incomplete", "act")]),
    ("two are demanded", {"catalogue": (replace(LISTED, min_officers=2),)}, [("too-few-officers", "act")]),
    ("two are there", {"catalogue": (replace(LISTED, min_officers=2),),
        "acts": (replace(ACT, officers=("li", "wang")),)}, NOTHING),
    ("linked to nobody", {"links": ()}, NOT_LINKED),
    ("linked in time", {"links": (replace(LINK, at=midnight(date(2026, 3, 6))),)}, NOTHING),
    ("a second too late", {"links": (replace(LINK, at=midnight(date(2026, 3, 6)) + 1),)}, NOT_LINKED),
    ("not to its document", {"tasks": (replace(TASK, document="D1"),)}, NOT_LINKED),
    ("a minute off", {"recordings": (replace(RECORDING, offset=-60, opened=NINE + 240, closed=NINE + 1740),)}, NOTHING),
    ("and a second off", {"recordings": (replace(RECORDING, offset=-61, opened=NINE + 239, closed=NINE + 1739),)}, CLOCK),
    ("the limit was 30 by then", {"recordings": (replace(RECORDING, offset=40, opened=NINE + 340, closed=NINE + 1840),),
        "limits": (facts.Limit("clock_s", "30", MONDAY),)}, CLOCK),
    ("the limit came later", {"recordings": (replace(RECORDING, offset=40, opened=NINE + 340, closed=NINE + 1840),),
        "limits": (facts.Limit("clock_s", "30", date(2026, 3, 3)),)}, NOTHING),
    ("a mark is demanded", {"catalogue": (replace(LISTED, marks=1),)}, [("mark-missing", "act")]),
    ("and there", {"catalogue": (replace(LISTED, marks=1),), "marks": (facts.Mark("rec", 1500),)}, NOTHING),
    ("and outside", {"catalogue": (replace(LISTED, marks=1),), "marks": (facts.Mark("rec", 1501),)},
        [("mark-missing", "act")]),
    ("on for a minute", {"boots": (boot(60),)}, BOOT),
    ("on for less", {"boots": (boot(59),)}, NOTHING),
    ("docked", {"boots": (boot(900, docked=True),)}, NOTHING),
    ("said why", {"boots": (boot(900, reason="storage"),)}, NOTHING),
    ("recorded", {"boots": (
        facts.Boot("boot", "r1", "li", NINE, NINE + 900, False, ""),)}, NOTHING),
    ("by nobody", {"recordings": (replace(RECORDING, officer_check="none"),)}, WEAK),
    ("a check that nobody knows", {"recordings": (replace(RECORDING, officer_check="?"),)}, WEAK),
    ("both were demanded", {"limits": (facts.Limit("officer_check_least", "fprintd+key", MONDAY),)}, WEAK),
    ("refused", {"dockings": (facts.Docking("dock", "r1", "li", NINE, "checkpoint"),)}, [("clearing-refused", "dock")]),
    ("not yet", {"dockings": (facts.Docking("dock", "r1", "li", NINE, "quorum"),)}, NOTHING),
    ("by another", {"tasks": (replace(TASK, officers=("wang",)),)}, [("wrong-officer", "act")]),
    ("with another's recorder", {"recordings": (replace(RECORDING, officer="wang"),)}, [("wrong-officer", "act")]),
    ("handed over", {"tasks": (replace(TASK, officers=("wang",)),), **told("reassigned", "act")}, NOTHING),
    ("never opened", {"viewings": (facts.Viewing("v", "zhao", "approved", NINE),)}, [("viewing-unused", "v")]),
    ("opened", {"viewings": (facts.Viewing("v0", "zhao", "approved", NINE),), "releases": releases(1, 1)}, NOTHING),
    ("ten within an hour", {"releases": releases(10, 60)}, NOTHING),
    ("eleven", {"releases": releases(11, 360)}, BURST),
    ("eleven in more", {"releases": releases(11, 361)}, NOTHING),
    ("one, eleven times", {"releases": releases(11, 60, same=True)}, NOTHING),
    ("a case", {"links": (LINK, replace(LINK, kind="case", number="C"))}, KEPT),
    ("a case, kept with it", {"links": (LINK, replace(LINK, kind="case", number="C")),
        "recordings": (replace(RECORDING, keep="case"),)}, NOTHING),
    ("off-book", {"outcomes": (facts.Outcome("act", "off-book-found", NINE, None),)}, KEPT),
    ("withdrawn", {"outcomes": (facts.Outcome("act", "off-book-found", NINE, NINE + 9),)}, NOTHING),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_rule_at_its_limit(changed: dict[str, Any], wanted: list[tuple[str, str]]) -> None:
    assert found(**changed) == wanted


def test_every_rule_is_met_here_and_says_what_it_is_in_both_languages() -> None:
    assert {code for _, _, wanted in CASES for code, _ in wanted} == {rule.code for rule in RULES}
    for rule in RULES:
        assert rule.severity in SEVERITIES and rule.since == BEGINNING
        assert rule.zh.endswith("。") and rule.en.endswith(".") and rule.en.isascii()


def test_an_id_is_that_of_rule_and_subject_and_no_more() -> None:
    (one,) = findings(spoil(stretches=(gap(90),)))
    (other,) = findings(spoil(stretches=(gap(95), facts.Stretch("rec", "gap", 900, 990))))
    assert one.id == other.id == id_of("gap", "act")
    assert one.found.places != other.found.places
    assert id_of("gap", "act2") != one.id != id_of("late", "act")


def test_a_new_version_judges_the_days_from_its_own_on() -> None:
    (first,) = [rule for rule in RULES if rule.code == "clock-off"]
    none = replace(first, version=2, since=MONDAY, find=lambda world, matches: iter(()))
    off = {"recordings": (replace(RECORDING, offset=90, opened=NINE + 390, closed=NINE + 1890),)}
    assert [one.rule.version for one in findings(spoil(**off), [first])] == [1]
    assert findings(spoil(**off), [none, first]) == []
    later = replace(none, since=date(2026, 3, 3))
    assert [one.rule.version for one in findings(spoil(**off), [first, later])] == [1]
    same = replace(first, version=2, since=MONDAY)
    (second,) = findings(spoil(**off), [first, same])
    assert (second.rule.version, second.id) == (2, id_of("clock-off", "rec"))


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert findings(facts.Facts(AS_IT_SHOULD_BE.first, AS_IT_SHOULD_BE.last, AS_IT_SHOULD_BE.as_of)) == []
