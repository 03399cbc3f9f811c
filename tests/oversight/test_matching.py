"""Which act is which task's, and why."""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from support.oversight_case import (
    ACT,
    AS_IT_SHOULD_BE,
    HOUR,
    LINK,
    NINE,
    RECORDING,
    TASK,
    findings,
    spoil,
)
from zhilu.server.oversight import matching
from zhilu.server.oversight.findings import facts
from zhilu.server.oversight.findings.facts import Act, Facts, Link, Task
from zhilu.server.oversight.findings.stretches import less, union, within
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches, Pair, Told, match

DAY = 24 * HOUR


def of(them: Facts) -> Matches:
    return match(World(them))


def act(name: str, began: int, **more: object) -> Act:
    """Without a recording: it is where its statement says."""
    return replace(ACT, act=name, began=began, ended=began + 1800, opened=began + HOUR, **more)  # type: ignore[arg-type]


def link(name: str, number: str = "T1", kind: str = "taxpayer") -> Link:
    return replace(LINK, act=name, number=number, kind=kind)


def some(tasks: list[Task], acts: list[Act], links: list[Link]) -> Facts:
    return spoil(
        tasks=tuple(tasks), acts=tuple(acts), links=tuple(links), spans=(), recordings=(), statements=()
    )


def test_a_match_says_what_spoke_for_it() -> None:
    told = of(AS_IT_SHOULD_BE).told["task"]
    assert told == Told(("taxpayer", "procedure", "officer", "time", "day", "place"))


def test_it_says_who_was_second_and_what_was_against_it() -> None:
    them = some([TASK], [act("act", NINE), act("other", NINE + DAY)], [link("act"), link("other")])
    assert of(them).told["task"].second == "other"
    assert of(them).told["task"].against == "time"
    elsewhere = some([TASK], [act("act", NINE), act("other", NINE, place="远处")], [])
    assert of(elsewhere).told["task"] == Told(
        ("procedure", "officer", "time", "day", "place"), "other", "place"
    )


def test_a_second_that_is_matched_elsewhere_is_taken() -> None:
    later = replace(TASK, task="later", since=NINE + DAY, until=NINE + DAY + HOUR)
    them = some([TASK, later], [act("a", NINE), act("b", NINE + DAY)], [link("a"), link("b")])
    found = of(them)
    assert found.acts == {"task": ["a"], "later": ["b"]}
    assert (found.told["task"].second, found.told["task"].against) == ("b", "taken")


def test_a_task_without_act_says_what_came_nearest_and_what_contradicted() -> None:
    for spoilt, against in (
        ([link("act", "T2")], "taxpayer"),
        ([link("act"), link("act", "D2", "document")], "document"),
    ):
        plan = NINE if against == "taxpayer" else NINE + 4 * HOUR
        task = replace(TASK, document="D1", since=plan, until=plan + HOUR)
        found = of(some([task], [act("act", NINE)], spoilt))
        assert found.acts == {} and found.told["task"] == Told((), "act", against)
    other = of(some([TASK], [act("act", NINE, procedure="V02")], [link("act")]))
    assert other.told["task"] == Told((), "act", "procedure")


def test_a_mistyped_document_is_no_missing_recording() -> None:
    task = replace(TASK, document="D1")
    assert of(some([task], [act("act", NINE)], [link("act"), link("act", "D2", "document")])).acts == {
        "task": ["act"]
    }


def test_an_act_that_names_no_document_contradicts_none() -> None:
    them = some([replace(TASK, document="D1")], [act("act", NINE + DAY)], [link("act")])
    assert of(them).acts == {"task": ["act"]}


def test_the_document_joins_what_all_else_contradicts() -> None:
    task = replace(TASK, document="D1", since=NINE + 40 * DAY, until=NINE + 40 * DAY + HOUR)
    them = some(
        [task], [act("act", NINE, procedure="V02")], [link("act", "T2"), link("act", "D1", "document")]
    )
    assert of(them).acts == {"task": ["act"]}


def test_days_between_plan_and_act_are_counted() -> None:
    for days, is_matched in ((3, True), (4, False)):
        them = some([TASK], [act("act", NINE + days * DAY)], [link("act")])
        assert bool(of(them).acts) is is_matched


def test_nobody_is_missed_because_of_the_order() -> None:
    """The nearer pair would leave one task without the only act that it can have."""
    only = replace(TASK, task="only", since=NINE + HOUR, until=NINE + 2 * HOUR)
    both = replace(TASK, task="both", since=NINE + 2 * HOUR, until=NINE + 3 * HOUR)
    nearer = act("nearer", NINE + 2 * HOUR)
    other = act("other", NINE + 2 * HOUR + 3 * DAY + HOUR)
    them = some([only, both], [nearer, other], [link("nearer"), link("other")])
    found = of(them)
    assert found.acts == {"both": ["other"], "only": ["nearer"]}


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=14, unique=True))
def test_as_many_tasks_have_an_act_as_can_have_one(edges: list[tuple[int, int]]) -> None:
    pairs = [Pair(f"t{task}", f"a{act}", (True,) * 7, (task * 7 + act * 5) % 11) for task, act in edges]
    chosen = matching._choose(sorted(pairs, key=lambda one: one.rank))
    assert len({one.act for one in chosen.values()}) == len(chosen)
    assert all((one.task, one.act) in {(each.task, each.act) for each in pairs} for one in chosen.values())
    most = max(
        sum((task, act) in edges for task, act in enumerate(order))
        for order in itertools.permutations(range(6))
    )
    assert len(chosen) == most


def test_a_further_act_of_the_day_goes_with_its_task() -> None:
    them = some([TASK], [act("a", NINE), act("b", NINE + 5 * HOUR)], [link("a"), link("b")])
    assert of(them).acts == {"task": ["a", "b"]}
    later = some([TASK], [act("a", NINE), act("b", NINE + DAY)], [link("a"), link("b")])
    assert of(later).acts == {"task": ["a"]}


def test_a_further_act_is_joined_by_a_number_and_by_nothing_less() -> None:
    task = replace(TASK, document="D1")
    acts = [act("a", NINE), act("b", NINE + 5 * HOUR), act("c", NINE + 60)]
    numbers = [link("a"), link("b", "D1", "document")]
    assert of(some([task], acts, [*numbers, link("a", "D1", "document")])).acts == {"task": ["a", "b"]}


def test_a_place_is_the_same_where_one_names_the_other() -> None:
    for planned, written, is_same in (
        ("健康路 3 号", "巨鹿县健康路3号", True),
        ("巨鹿县健康路 3 号", "健康路3号", True),
        ("健康路 3 号", "", False),
        ("", "健康路3号", False),
        ("健康路 3 号", "健康路4号", False),
    ):
        them = spoil(tasks=(replace(TASK, place=planned),), acts=(replace(ACT, place=written),))
        assert ("place" in of(them).told["task"].spoke) is is_same


def test_a_person_says_what_belongs_together_and_what_does_not() -> None:
    wrong = [link("act", "T2")]
    apart = replace(
        some([TASK], [act("act", NINE + 9 * DAY)], wrong), corrections=(facts.Correction("task", "act"),)
    )
    assert of(apart).acts == {"task": ["act"]} and of(apart).told["task"].spoke == ("corrected",)
    none = replace(AS_IT_SHOULD_BE, corrections=(facts.Correction("task", ""),))
    assert of(none).acts == {}
    for one in (("task", "nowhere"), ("nowhere", "act")):
        unknown = replace(AS_IT_SHOULD_BE, corrections=(facts.Correction(*one),))
        assert of(unknown).acts == {}


def test_a_withdrawn_task_takes_no_act_from_another() -> None:
    gone = replace(TASK, task="a", withdrawn=True)
    assert of(spoil(tasks=(TASK, gone))).acts == {"task": ["act"]}


def test_where_nothing_is_said_nothing_is_the_same() -> None:
    """Two empty numbers, two empty places."""
    task = replace(TASK, taxpayer="", document="", place="")
    other = replace(ACT, place="")
    (told,) = of(
        spoil(tasks=(task,), acts=(other,), links=(link("act", ""), link("act", "", "document")))
    ).told.values()
    assert told.spoke == ("procedure", "officer", "time", "day")
    elsewhere = of(spoil(tasks=(replace(TASK, place=""),))).told["task"]
    assert "place" not in elsewhere.spoke


def test_what_was_recorded_beside_a_described_visit_is_no_missing_recording() -> None:
    """One recording of two visits, of which one is described."""
    second = replace(TASK, task="second", taxpayer="T2", since=NINE + 1800, until=NINE + 2 * HOUR)
    longer = replace(RECORDING, closed=NINE + 1800 + 400)
    them = spoil(tasks=(TASK, second), recordings=(longer,))
    assert of(them).bare == {"second": "rec"}
    assert [(one.rule.code, one.found.subject) for one in findings(them)] == [("not-linked", "second")]
    early = replace(them, as_of=NINE + 2 * DAY)
    assert findings(early) == []
    assert findings(replace(them, rollout=())) == []
    short = spoil(tasks=(TASK, second), recordings=(replace(RECORDING, closed=NINE + 1800 + 299),))
    assert [(one.rule.code, one.found.subject) for one in findings(short)] == [("missing", "second")]


def test_one_taxpayer_of_thousands_of_acts_takes_no_thousands_of_seconds() -> None:
    count = 1_000
    tasks = [replace(TASK, task=f"t{at}", document="D") for at in range(count)]
    acts = [act(f"a{at}", NINE + at % 1800) for at in range(count)]
    links = [link(one.act) for one in acts] + [link(one.act, "D", "document") for one in acts]
    begun = time.process_time()
    of(some(tasks, acts, links))
    assert time.process_time() - begun < 8


SECONDS = st.tuples(st.integers(0, 40), st.integers(0, 40))


@settings(max_examples=150)
@given(st.lists(SECONDS, max_size=6), st.lists(SECONDS, max_size=6), SECONDS)
def test_stretches_are_sets_of_seconds(
    one: list[tuple[int, int]], other: list[tuple[int, int]], cut: tuple[int, int]
) -> None:
    def seconds(many: list[tuple[int, int]]) -> set[int]:
        return {at for since, until in many for at in range(since, until)}

    a, b = union(one), union(other)
    assert seconds(a) == seconds(one) and a == sorted(a)
    assert all(first[1] < second[0] for first, second in itertools.pairwise(a))
    assert seconds(less(a, b)) == seconds(a) - seconds(b)
    assert seconds(within(a, *cut)) == seconds(a) & set(range(*cut))
    shuffled = random.Random(0).sample(one, len(one))
    assert union(shuffled) == a
