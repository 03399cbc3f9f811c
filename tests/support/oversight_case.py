"""One visit as it should be, on Monday 2 March 2026, to be spoilt in one place: facts by `spoil`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from zhilu.server.oversight.findings import facts
from zhilu.server.oversight.findings.days import midnight
from zhilu.server.oversight.findings.every import RULES, evaluate
from zhilu.server.oversight.findings.facts import Facts
from zhilu.server.oversight.findings.rule import Finding
from zhilu.server.oversight.findings.world import ELEMENTS, World
from zhilu.server.oversight.matching import match

MONDAY = date(2026, 3, 2)
NINE = midnight(MONDAY) + 9 * 3600
HOUR = 3600
TASK = facts.Task("task", 1, "V01", "T1", "", ("li",), NINE, NINE + HOUR, "健康路 3 号", False)
ACT = facts.Act("act", "V01", ("li",), "健康路3号", NINE + 300, NINE + 1800, NINE + 3 * HOUR)
RECORDING = facts.Recording(
    "rec", "r1", "li", "camera", False, False, NINE + 300, NINE + 1800, 0, NINE + 8 * HOUR, "key", "days-180"
)
SPAN = facts.Span("act", "rec", 0, 1500)
LINK = facts.Link("act", "taxpayer", "T1", NINE + 3 * HOUR, None)
STATEMENT = facts.Statement("act", 1, ELEMENTS)
LISTED = facts.Listed(1, date(2026, 1, 1), "V01", "priority", 1, 0)
AS_IT_SHOULD_BE = Facts(
    first=date(2026, 1, 1),
    last=date(2026, 12, 31),
    as_of=midnight(date(2026, 3, 31)),
    tasks=(TASK,),
    acts=(ACT,),
    spans=(SPAN,),
    recordings=(RECORDING,),
    statements=(STATEMENT,),
    links=(LINK,),
    posts=(facts.Post("li", "d1", date(2025, 1, 1), None), facts.Post("wang", "d1", date(2025, 1, 1), None)),
    catalogue=(LISTED,),
    rollout=(facts.Rollout("", "priority", date(2026, 1, 1), None),),
)


def spoil(**changed: Any) -> Facts:
    return replace(AS_IT_SHOULD_BE, **changed)


def found(**changed: Any) -> list[tuple[str, str]]:
    """Rule and subject of all that is found then."""
    return [(one.rule.code, one.found.subject) for one in findings(spoil(**changed))]


def findings(them: Facts, rules: Any = RULES) -> list[Finding]:
    world = World(them)
    return evaluate(world, match(world), rules)
