"""A labelled half year, small (whole: `make bench NAME=findings`): each rule finds all and nothing else."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import fields, replace
from pathlib import Path

import pytest

from support.oversight_faults import CASES, make
from support.oversight_year import Year
from zhilu.server.oversight import csv_facts
from zhilu.server.oversight.findings.every import RULES, evaluate
from zhilu.server.oversight.findings.facts import Facts
from zhilu.server.oversight.findings.measure import measure
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import match

CODES = {rule.code for rule in RULES}
Named = tuple[str, str]


@pytest.fixture(scope="module")
def year() -> tuple[Facts, set[Named]]:
    files = make(tasks=300, each=2, seed=7).files()
    labels, wrong = csv_facts.read_labels(files.pop("labels"), CODES)
    facts, more = csv_facts.read(files)
    assert facts is not None and not wrong and not more
    return facts, labels


def judged(facts: Facts) -> tuple[dict[str, Named], dict[str, list[str]]]:
    world = World(facts)
    matches = match(world)
    found = evaluate(world, matches)
    return {one.id: (one.rule.code, one.found.subject) for one in found}, matches.acts


def test_every_rule_finds_all_that_is_wrong_and_nothing_else(year: tuple[Facts, set[Named]]) -> None:
    facts, labels = year
    found = set(judged(facts)[0].values())
    assert sorted(found - labels) == [] and sorted(labels - found) == []
    for one in measure(found, labels, CODES):
        assert one.precision == one.recall == 1.0 and one.labelled


def test_the_order_in_which_facts_come_changes_nothing(year: tuple[Facts, set[Named]]) -> None:
    facts, _ = year
    chance = random.Random(1)
    other = replace(
        facts,
        **{
            field.name: tuple(chance.sample(rows, len(rows)))
            for field in fields(facts)
            if isinstance(rows := getattr(facts, field.name), tuple)
        },
    )
    assert judged(other) == judged(facts)


def test_a_fact_told_twice_is_one(year: tuple[Facts, set[Named]]) -> None:
    facts, _ = year
    lists = (
        "spans",
        "stretches",
        "marks",
        "links",
        "outcomes",
        "explanations",
        "tasks",
        "acts",
        "recordings",
    )
    assert judged(replace(facts, **{name: getattr(facts, name) * 2 for name in lists})) == judged(facts)


def test_each_rule_has_faults_and_innocents_which_label_what_they_say() -> None:
    kinds: dict[str, set[bool]] = defaultdict(set)
    for case in CASES:
        kinds[case.rule].add(case.is_fault)
        year = Year()
        case.spoil(year)
        year.tables()
        rules = {rule for rule, _ in year.labels}
        assert (case.rule in rules) == case.is_fault, case.spoil.__name__
    assert set(kinds) == CODES and all(kind == {True, False} for kind in kinds.values())


def test_who_makes_the_year_shares_no_code_with_who_judges_it() -> None:
    support = Path(__file__).parents[1] / "support"
    files = [support / "oversight_year.py", *support.glob("oversight_faults/*.py")]
    assert len(files) > 5
    for file in files:
        text = file.read_text()
        assert not re.search(r"^(from|import) (zhilu|django)", text, re.MULTILINE)
