"""Breaks for which somebody has approved an explanation (spec/oversight.md §3)."""

from __future__ import annotations

from zhilu.server.oversight.findings.facts import Act
from zhilu.server.oversight.findings.stretches import Stretch
from zhilu.server.oversight.findings.world import World


def unexplained(world: World, act: Act, pieces: list[Stretch]) -> list[Stretch]:
    """Those that lie within no approved explanation; it speaks for no other break of the act."""
    edge = world.limit("edge_s", world.day_of_act(act))
    told = world.excused("interrupted", act.officers, act.act)
    return [
        (since, until)
        for since, until in pieces
        if not any(one is None or (one[0] - edge <= since and until <= one[1] + edge) for one in told)
    ]
