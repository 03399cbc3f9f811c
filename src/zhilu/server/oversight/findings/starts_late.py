"""An act that began before its recording."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.rule import BEGINNING, MINOR, Found, Rule
from zhilu.server.oversight.findings.stretches import longer
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def find(world: World, matches: Matches) -> Iterator[Found]:
    for act in world.real_acts:
        cover = world.cover(act.act)
        if not cover or act.began is None:
            continue
        day = world.day_of_act(act)
        lacking = longer(world.unrecorded(act, act.began, cover[0][0]), world.limit("edge_s", day))
        subjects = act.act, matches.tasks.get(act.act)
        if lacking and not world.excused("not-recorded", act.officers, *subjects):
            yield Found(act.act, day, act.officers, tuple(lacking))


RULE = Rule(
    "starts-late",
    1,
    BEGINNING,
    MINOR,
    "开录过晚：录制开始晚于说明所写的执法开始时间。",
    "Recorded from later on than its statement says it began.",
    find,
)
