"""A due task of which nothing was recorded."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.days import day_of
from zhilu.server.oversight.findings.rule import BEGINNING, SERIOUS, Found, Rule
from zhilu.server.oversight.findings.undone import drills, unrecorded
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def find(world: World, matches: Matches) -> Iterator[Found]:
    for task in unrecorded(world, matches):
        if not drills(world, matches, task):
            yield Found(task.task, day_of(task.since), task.officers, ((task.since, task.until),))


RULE = Rule(
    "missing",
    1,
    BEGINNING,
    SERIOUS,
    "应录未录：任务应当录制，期限已过，没有任何录制。",
    "Due, and nothing was recorded by the time it had to be collected.",
    find,
)
