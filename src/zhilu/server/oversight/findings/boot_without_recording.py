"""A power-on that recorded nothing and did not say why."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.days import day_of
from zhilu.server.oversight.findings.rule import BEGINNING, MINOR, Found, Rule
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def find(world: World, _: Matches) -> Iterator[Found]:
    for one in world.facts.boots:
        day = day_of(one.since)
        is_short = one.until - one.since < world.limit("boot_s", day)
        if one.docked or one.reason or is_short:
            continue
        # Both by the recorder's own clock.
        if not any(
            one.since <= other.opened < one.until for other in world.of_recorder.get(one.recorder, ())
        ):
            yield Found(one.boot, day, (one.officer,), ((one.since, one.until),))


RULE = Rule(
    "boot-without-recording",
    1,
    BEGINNING,
    MINOR,
    "开机未录：记录仪开机后没有录制，也没有说明原因。",
    "The recorder was on, recorded nothing and did not say why.",
    find,
)
