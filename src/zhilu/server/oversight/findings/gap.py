"""A break within an act that nobody explained."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.explained import unexplained
from zhilu.server.oversight.findings.rule import BEGINNING, MINOR, Found, Rule
from zhilu.server.oversight.findings.stretches import apart, longer
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def find(world: World, _: Matches) -> Iterator[Found]:
    for act in world.real_acts:
        cover = world.cover(act.act)
        day = world.day_of_act(act)
        breaks = [
            piece
            for since, until in apart(cover)
            for piece in longer(world.unrecorded(act, since, until), world.limit("gap_s", day))
        ]
        left = unexplained(world, act, breaks)
        if left:
            yield Found(act.act, day, act.officers, tuple(left))


RULE = Rule(
    "gap",
    1,
    BEGINNING,
    MINOR,
    "中断无说明：执法过程中有一段没有录制，也没有经批准的说明。",
    "A stretch within the act was not recorded, and nobody approved why.",
    find,
)
