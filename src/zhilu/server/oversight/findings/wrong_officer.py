"""An act by others than those who were to do it, or recorded by others."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.rule import BEGINNING, SERIOUS, Found, Rule
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def find(world: World, matches: Matches) -> Iterator[Found]:
    for act in world.real_acts:
        task = world.tasks.get(matches.tasks.get(act.act, ""))
        is_other = task is not None and not set(task.officers) & set(act.officers)
        recordings = world.recordings_of(act.act)
        is_lent = bool(recordings) and not any(one.officer in act.officers for one in recordings)
        subjects = act.act, task.task if task else None
        if (is_other or is_lent) and not world.excused("reassigned", act.officers, *subjects):
            words = ("task",) * is_other + ("recording",) * is_lent
            yield Found(act.act, world.day_of_act(act), act.officers, (), words)


RULE = Rule(
    "wrong-officer",
    1,
    BEGINNING,
    SERIOUS,
    "人员不符：执法人员与任务安排不符，或所用录制都不是其本人的。",
    "Done by none of those it was given to, or recorded by none of those who did it.",
    find,
)
