"""A recorder that refused to clear."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.days import day_of
from zhilu.server.oversight.findings.rule import BEGINNING, REFER, Found, Rule
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches

NOT_YET = "quorum"
"""Stored, and not enough cosignatures yet: nothing is wrong."""


def find(world: World, _: Matches) -> Iterator[Found]:
    for one in world.facts.dockings:
        if one.refused not in ("", NOT_YET):
            yield Found(one.docking, day_of(one.at), (one.officer,), ((one.at, one.at),), (one.refused,))


RULE = Rule(
    "clearing-refused",
    1,
    BEGINNING,
    REFER,
    "拒绝清除：记录仪核对回执后拒绝清除，回执与账本不符，须查明。",
    "The recorder refused to clear: the receipt did not fit the ledger that it knows.",
    find,
)
