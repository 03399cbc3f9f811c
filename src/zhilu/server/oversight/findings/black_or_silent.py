"""An act that was recorded without picture or sound."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.explained import unexplained
from zhilu.server.oversight.findings.rule import BEGINNING, MINOR, Found, Rule
from zhilu.server.oversight.findings.stretches import less, longer
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def find(world: World, _: Matches) -> Iterator[Found]:
    for act in world.real_acts:
        day = world.day_of_act(act)
        cover = world.cover(act.act)
        places, words = [], []
        for kind in ("black", "silent"):
            bad = less(cover, world.cover(act.act, kind))
            left = unexplained(world, act, longer(bad, world.limit(f"{kind}_s", day)))
            places += left
            words += [kind] * bool(left)
        if places:
            yield Found(act.act, day, act.officers, tuple(sorted(places)), tuple(words))


RULE = Rule(
    "black-or-silent",
    1,
    BEGINNING,
    MINOR,
    "黑屏或无声：执法过程中较长时间没有画面或没有声音。",
    "Recorded for long without a picture, or without a sound.",
    find,
)
