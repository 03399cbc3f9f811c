"""A due task in whose place there is only a drill."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.days import day_of
from zhilu.server.oversight.findings.rule import BEGINNING, SERIOUS, Found, Rule
from zhilu.server.oversight.findings.undone import drills, unrecorded
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def find(world: World, matches: Matches) -> Iterator[Found]:
    for task in unrecorded(world, matches):
        found = drills(world, matches, task)
        if found:
            places = ((task.since, task.until),)
            yield Found(task.task, day_of(task.since), task.officers, places, tuple(found))


RULE = Rule(
    "drill-over-task",
    1,
    BEGINNING,
    SERIOUS,
    "以演练代替应录任务：任务应当录制，当时只有标为演练的录制。",
    "Due, and all that was recorded then is called a drill.",
    find,
)
