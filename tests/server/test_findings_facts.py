"""The tables as facts: whatever days are judged together, it is what all facts at once show."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from support import oversight_tables
from support.oversight_faults import make
from support.oversight_tables import Tables, told
from zhilu.server.oversight import csv_facts
from zhilu.server.oversight.events_findings import FindingRaised
from zhilu.server.oversight.findings.every import evaluate
from zhilu.server.oversight.findings.facts import Facts
from zhilu.server.oversight.findings.rule import Finding
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches, match
from zhilu.server.oversight.services import judging, standing

pytestmark = pytest.mark.db
DAY = timedelta(days=1)


@pytest.fixture
def year(db: None, monkeypatch: pytest.MonkeyPatch) -> Facts:
    """A labelled half year, laid down as tables."""
    files = make(tasks=300, each=2, seed=7).files()
    files.pop("labels")
    them, wrong = csv_facts.read(files)
    assert them is not None and not wrong
    facts = told(them)
    Tables(facts).lay_down()
    oversight_tables.give(monkeypatch, facts)
    return facts


def whole(them: Facts) -> tuple[World, Matches, list[Finding]]:
    world = World(them)
    matches = match(world)
    return world, matches, evaluate(world, matches)


def brief(one: FindingRaised) -> tuple[object, ...]:
    return one.rule, one.version, one.about, one.day, one.persons, one.places, one.words


def same(one: Finding) -> tuple[object, ...]:
    found = one.found
    persons = [person for person in dict.fromkeys(found.persons) if person]
    places, words = [list(place) for place in found.places], list(found.words)
    return one.rule.code, one.rule.version, found.subject, found.day.isoformat(), persons, places, words


def test_days_judged_by_themselves_show_what_the_whole_shows(year: Facts) -> None:
    world, matches, found = whole(year)
    chance, day = random.Random(3), year.first
    shown: dict[str, FindingRaised] = {}
    tasks = {}
    while day <= year.last:
        last = min(day + DAY * chance.randrange(12), year.last)
        judged = judging.of_days(day, last, year.as_of)
        shown |= judged.findings
        tasks |= judged.matches
        day = last + DAY
    assert sorted(map(brief, shown.values()), key=repr) == sorted(map(same, found), key=repr)
    assert len(found) > 50
    for task in world.tasks:
        acts = matches.acts.get(task, [])
        row = tasks[task]
        assert [str(row.act), *row.told["further"]] == (acts or ["None"])
        assert row.told["against"] == matches.told[task].against if task in matches.told else True


def test_a_day_without_tasks_has_none_that_stand(year: Facts) -> None:
    assert list(standing.of_days(date(2031, 1, 1), date(2031, 1, 2), year.as_of)) == []
