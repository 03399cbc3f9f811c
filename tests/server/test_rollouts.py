"""The rollout plan: where and since when which tier is demanded (spec/registers.md §2)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from support.county_world import BUREAU, DEPARTMENT, SECTION, CountyWorld, named_id
from support.legal import EDITOR, line
from zhilu.errors import DataError
from zhilu.server.catalogue.services import rollouts
from zhilu.server.ledger.clock import today


def demanded_tier(bureau: str, department: str | None, on: date) -> str | None:
    places = rollouts.Plan.read(on).everywhere(bureau)
    found = {str(one.department.id) if one.department else None: one.line for one in places}
    line = found.get(department)
    return line.tier if line else None


DAY, TODAY = date(2026, 11, 24), today()


def test_departments_above_count_for_those_below(bureau: CountyWorld) -> None:
    assert demanded_tier(BUREAU, SECTION, DAY) is None
    line(DEPARTMENT, "priority")
    assert demanded_tier(BUREAU, SECTION, DAY) == "priority"
    assert demanded_tier(BUREAU, None, DAY) is None
    assert demanded_tier("qinghe", SECTION, DAY) is None


def test_the_strictest_line_counts_wherever_it_stands(bureau: CountyWorld) -> None:
    line(SECTION, "priority")
    line(None, "inventoried", since="2026-06-01")
    line(DEPARTMENT, "selected", until="2026-11-24")
    assert demanded_tier(BUREAU, SECTION, date(2026, 5, 31)) == "selected"
    assert demanded_tier(BUREAU, SECTION, date(2026, 6, 1)) == "inventoried"


def test_a_line_counts_from_its_day_to_the_day_before_its_end(bureau: CountyWorld) -> None:
    line(None, "priority", since="2026-03-01", until="2026-04-01")
    found = [demanded_tier(BUREAU, None, date(2026, *day)) for day in [(2, 28), (3, 1), (3, 31), (4, 1)]]
    assert found == [None, "priority", "priority", None]


def test_the_plan_of_a_day(bureau: CountyWorld) -> None:
    assert rollouts.plan(DAY) == []
    line(DEPARTMENT, "priority")
    line(SECTION, "selected", since="2026-12-01")
    found = [
        (place.depth, place.line and place.line.tier, place.is_inherited) for place in rollouts.plan(DAY)
    ]
    assert found == [(0, None, False), (1, "priority", False), (2, "priority", True)]
    later = rollouts.plan(date(2026, 12, 1))
    assert [place.line and place.line.tier for place in later] == [None, "priority", "selected"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tier": "urgent"}, "rollout"),
        ({"bureau": "nowhere"}, "bureau-unknown"),
        ({"department": UUID(str(named_id("nowhere")))}, "department-unknown"),
        ({"until": date(2026, 1, 1)}, "rollout-until"),
    ],
)
def test_a_line_that_cannot_stand(bureau: CountyWorld, changes: dict[str, Any], code: str) -> None:
    wanted = {
        "bureau": BUREAU,
        "department": None,
        "tier": "priority",
        "since": date(2026, 1, 1),
        "until": None,
    }
    with pytest.raises(DataError, match=code):
        rollouts.set_line(EDITOR, **wanted | changes)


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({}, True),
        ({"until": TODAY + timedelta(days=30)}, True),
        ({"until": TODAY}, True),
        ({"until": TODAY - timedelta(days=1)}, False),
        ({"since": TODAY}, False),
        ({"since": date(2025, 12, 31)}, False),
        ({"tier": "selected"}, False),
        ({"department": UUID(SECTION)}, False),
    ],
)
def test_what_a_line_demanded_on_days_gone_by_stays(
    bureau: CountyWorld, changes: dict[str, Any], taken: bool
) -> None:
    said = {"department": None, "tier": "priority", "since": date(2026, 1, 1), "until": None}
    one = rollouts.set_line(EDITOR, BUREAU, **said)
    if taken:
        rollouts.set_line(EDITOR, BUREAU, **said | changes, rollout=one)
    else:
        with pytest.raises(DataError, match="rollout-past"):
            rollouts.set_line(EDITOR, BUREAU, **said | changes, rollout=one)
    ended = rollouts.set_line(EDITOR, BUREAU, **said | {"until": date(2026, 6, 1)})
    with pytest.raises(DataError, match="rollout-past"):
        rollouts.set_line(EDITOR, BUREAU, **said, rollout=ended)
    soon = {"since": TODAY + timedelta(days=9)}
    later = rollouts.set_line(EDITOR, BUREAU, **said | soon)
    rollouts.set_line(EDITOR, BUREAU, **said | soon | {"tier": "inventoried"}, rollout=later)
    with pytest.raises(DataError, match="rollout-past"):
        rollouts.set_line(EDITOR, BUREAU, **said, rollout=later)
