"""A viewing that was approved and never used."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.days import day_of
from zhilu.server.oversight.findings.rule import BEGINNING, REMIND, Found, Rule
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def find(world: World, _: Matches) -> Iterator[Found]:
    used = {one.viewing for one in world.facts.releases}
    for one in world.facts.viewings:
        if one.decision == "approved" and one.until <= world.as_of and one.viewing not in used:
            yield Found(one.viewing, day_of(one.until), (one.viewer,))


RULE = Rule(
    "viewing-unused",
    1,
    BEGINNING,
    REMIND,
    "批准未用：调阅获得批准，到期仍未使用。",
    "A viewing was approved, is over, and was never used.",
    find,
)
