"""A recording that was collected late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from zhilu.server.oversight.findings.rule import BEGINNING, REMIND, Found, Rule
from zhilu.server.oversight.findings.world import IMPORT, World
from zhilu.server.oversight.matching import Matches


def find(world: World, _: Matches) -> Iterator[Found]:
    for recordings in world.of_recorder.values():
        ends: dict[date, int] = {}
        for one in recordings:
            day = world.day_of_recording(one)
            ends[day] = max(ends.get(day, 0), world.true(one)[1])
        for one in recordings:
            day = world.day_of_recording(one)
            due = world.calendar.after_hours(ends[day], world.limit("upload_h", day))
            if one.collected > due and not one.drill and one.origin != IMPORT:
                yield Found(one.recording, day, (one.officer,), ((due, one.collected),))


RULE = Rule(
    "late",
    1,
    BEGINNING,
    REMIND,
    "逾期上传：当日执勤结束后，未在规定的工作时间内交接采集。",
    "Collected later than 24 hours of duty after the end of that day's duty.",
    find,
)
