"""What happens in a demonstration county, from a seed: pure, and the same at every build.

Times count back from `today`; nothing happens on the day itself, so that whoever looks at a running county
sees yesterday's open work. A shorter plan has its part of the county's share.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from zhilu.demo.bureau import days, plan_acts, plan_equipment, plan_oversight, plan_viewings
from zhilu.demo.bureau.county import County
from zhilu.demo.bureau.steps import Step

HALF_A_YEAR = 183
SET_UP_DAYS = 7
"""Before the first act: people, training, recorders."""


@dataclass(frozen=True)
class Plan:
    county: County
    today: date
    founded: date
    steps: tuple[Step, ...]

    def of(self, *kinds: type[Step]) -> list[Step]:
        return [step for step in self.steps if isinstance(step, kinds)]


def make(county: County, today: date, length: int = HALF_A_YEAR) -> Plan:
    """`length`: days of ordinary work."""
    chance = random.Random(county.seed)  # noqa: S311 - no key comes of it
    first = today - timedelta(days=length)
    founded = first - timedelta(days=SET_UP_DAYS)
    working = days.workdays(first, today - timedelta(days=1)) or [today - timedelta(days=1)]
    if not county.holders:
        return Plan(county, today, founded, ())
    part = min(1.0, length / HALF_A_YEAR)
    acts = plan_acts.make(county, chance, working, part)
    steps: list[Step] = [
        *plan_equipment.beginnings(county, chance, founded),
        *acts.steps,
        *plan_equipment.events(county, chance, working, acts),
        *plan_viewings.make(county, chance, working, acts, part),
    ]
    steps += plan_equipment.checks(county, working, steps)
    steps += plan_oversight.make(county, working, founded, today, acts, part)
    return Plan(county, today, founded, tuple(_ordered(steps, today)))


def _ordered(steps: Sequence[Step], today: date) -> list[Step]:
    """By time, and not on the minute; what would come after the end of yesterday has not happened yet. Of two
    at one moment the one that was planned first."""
    chance = random.Random(today.toordinal())  # noqa: S311 - no key comes of it
    moved = [step if step.at.second else _later(step, chance.randrange(50)) for step in steps]
    end = days.at(today, 0)
    return sorted((step for step in moved if step.at < end), key=lambda step: step.at)


def _later(step: Step, seconds: int) -> Step:
    """By less than a minute: what is planned a minute apart keeps its order."""
    return replace(step, at=step.at + timedelta(seconds=seconds))
