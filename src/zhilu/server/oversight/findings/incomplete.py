"""A statement that lacks some of the seven elements."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.rule import BEGINNING, MINOR, Found, Rule
from zhilu.server.oversight.findings.world import ELEMENTS, World
from zhilu.server.oversight.matching import Matches


def find(world: World, _: Matches) -> Iterator[Found]:
    for act in world.real_acts:
        day = world.day_of_act(act)
        statement = world.statement(act.act)
        lacking = tuple(one for one in ELEMENTS if statement is None or one not in statement.elements)
        if lacking and world.calendar.deadline(day, world.limit("state_days", day)) <= world.as_of:
            yield Found(act.act, day, act.officers, (), lacking)


RULE = Rule(
    "incomplete",
    1,
    BEGINNING,
    MINOR,
    "要素不全：期限已过，执法记录说明的七要素仍不完整。",
    "The time is over, and the statement lacks some of the seven elements.",
    find,
)
