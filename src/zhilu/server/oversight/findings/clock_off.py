"""A recorder whose clock is out of limit."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.rule import BEGINNING, REMIND, Found, Rule
from zhilu.server.oversight.findings.world import IMPORT, World
from zhilu.server.oversight.matching import Matches


def find(world: World, _: Matches) -> Iterator[Found]:
    for one in world.recordings.values():
        day = world.day_of_recording(one)
        off = one.offset or 0
        if abs(off) > world.limit("clock_s", day) and not one.drill and one.origin != IMPORT:
            yield Found(one.recording, day, (one.officer,), (), (f"{off:+d}",))


RULE = Rule(
    "clock-off",
    1,
    BEGINNING,
    REMIND,
    "时钟超差：记录仪时钟的偏差超过限值。",
    "The recorder's clock was off by more than the limit.",
    find,
)
