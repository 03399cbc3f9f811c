"""All rules, asked together (spec/oversight.md §3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from zhilu.server.oversight.findings import (
    black_or_silent,
    boot_without_recording,
    clearing_refused,
    clock_off,
    drill_over_task,
    ends_early,
    gap,
    incomplete,
    late,
    mark_missing,
    missing,
    not_linked,
    retention_not_lengthened,
    starts_late,
    too_few_officers,
    viewing_burst,
    viewing_unused,
    weak_check,
    wrong_officer,
)
from zhilu.server.oversight.findings.rule import Finding, Rule, id_of
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches

RULES: tuple[Rule, ...] = tuple(
    module.RULE
    for module in (
        missing, drill_over_task, late, starts_late, ends_early, gap, black_or_silent, incomplete,
        too_few_officers, not_linked, clock_off, mark_missing, boot_without_recording, weak_check,
        clearing_refused, wrong_officer, viewing_unused, viewing_burst, retention_not_lengthened,
    )
)  # fmt: skip
"""Every version of each; a new one stands beside the one that it follows."""


def evaluate(world: World, matches: Matches, rules: Sequence[Rule] = RULES) -> list[Finding]:
    """By day, rule and subject. A version judges the days from its `since` to that of the next."""
    first, last = world.facts.first, world.facts.last
    found = []
    for rule in rules:
        until = min((one.since for one in rules if _follows(one, rule)), default=date.max)
        for one in rule.find(world, matches):
            if max(first, rule.since) <= one.day <= last and one.day < until:
                found.append(Finding(id_of(rule.code, one.subject), rule, one))
    return sorted(found, key=lambda one: (one.found.day, one.rule.code, one.found.subject))


def _follows(one: Rule, other: Rule) -> bool:
    return one.code == other.code and one.version > other.version
