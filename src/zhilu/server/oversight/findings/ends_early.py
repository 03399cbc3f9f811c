"""An act that went on after its recording."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.rule import BEGINNING, MINOR, Found, Rule
from zhilu.server.oversight.findings.stretches import longer
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def find(world: World, matches: Matches) -> Iterator[Found]:
    for act in world.real_acts:
        cover = world.cover(act.act)
        if not cover or act.ended is None:
            continue
        day, end = world.day_of_act(act), cover[-1][1]
        edge = world.limit("edge_s", day)
        lacking = longer(world.unrecorded(act, end, act.ended), edge)
        broken = world.excused("interrupted", act.officers, act.act)
        is_told = any(one is None or (one[0] <= end + edge and one[1] >= act.ended - edge) for one in broken)
        subjects = act.act, matches.tasks.get(act.act)
        if lacking and not is_told and not world.excused("not-recorded", act.officers, *subjects):
            yield Found(act.act, day, act.officers, tuple(lacking))


RULE = Rule(
    "ends-early",
    1,
    BEGINNING,
    MINOR,
    "停录过早：录制结束早于说明所写的执法结束时间。",
    "Recorded to an earlier moment than its statement says it ended.",
    find,
)
