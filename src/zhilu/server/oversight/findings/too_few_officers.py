"""Fewer officers than the procedure demands."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.rule import BEGINNING, SERIOUS, Found, Rule
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def find(world: World, _: Matches) -> Iterator[Found]:
    for act in world.real_acts:
        day = world.day_of_act(act)
        listed = world.listed(act.procedure, day)
        there = {one for one in act.officers if world.department(one, day) is not None}
        if listed and len(there) < listed.min_officers:
            words = f"{len(there)}/{listed.min_officers}"
            yield Found(act.act, day, act.officers, (), (words,))


RULE = Rule(
    "too-few-officers",
    1,
    BEGINNING,
    SERIOUS,
    "人数不足：在场执法人员少于该环节规定的人数。",
    "Fewer officers were there than the procedure demands.",
    find,
)
