"""A key moment that was not marked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from zhilu.server.oversight.findings.facts import Span
from zhilu.server.oversight.findings.rule import BEGINNING, REMIND, Found, Rule
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def find(world: World, _: Matches) -> Iterator[Found]:
    for act in world.real_acts:
        day = world.day_of_act(act)
        listed = world.listed(act.procedure, day)
        count = sum(map(partial(_marks, world), world.spans.get(act.act, ())))
        if listed and world.cover(act.act) and count < listed.marks:
            yield Found(act.act, day, act.officers, (), (f"{count}/{listed.marks}",))


def _marks(world: World, span: Span) -> int:
    recording = world.recordings.get(span.recording)
    if recording is None or recording.drill:
        return 0
    return sum(span.since <= one.at <= span.until for one in world.marks.get(span.recording, ()))


RULE = Rule(
    "mark-missing",
    1,
    BEGINNING,
    REMIND,
    "重点未标记：标记数少于该环节规定的重点标记数。",
    "Fewer marks than the procedure has key moments.",
    find,
)
