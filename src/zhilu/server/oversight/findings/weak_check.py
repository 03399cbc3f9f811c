"""A handover by a weaker check than demanded."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.rule import BEGINNING, MINOR, Found, Rule
from zhilu.server.oversight.findings.world import IMPORT, World
from zhilu.server.oversight.matching import Matches

STRENGTH = {"none": 0, "key": 1, "fprintd": 1, "fprintd+key": 2}


def find(world: World, _: Matches) -> Iterator[Found]:
    for one in world.recordings.values():
        day = world.day_of_recording(one)
        least = world.limits.text("officer_check_least", day)
        is_weak = STRENGTH.get(one.officer_check, 0) < STRENGTH.get(least, 0)
        if is_weak and not one.drill and one.origin != IMPORT:
            yield Found(one.recording, day, (one.officer,), (), (one.officer_check, least))


RULE = Rule(
    "weak-check",
    1,
    BEGINNING,
    MINOR,
    "核验不足：交接时的核验方式低于规定。",
    "Handed over by a weaker check of the officer than demanded.",
    find,
)
