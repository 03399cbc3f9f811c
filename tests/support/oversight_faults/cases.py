"""A case: what it does to the year, and the rule that finds it, or that it only looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from support.oversight_year import Year

Spoil = Callable[[Year], None]


@dataclass(frozen=True)
class Case:
    rule: str
    is_fault: bool
    spoil: Spoil


CASES: list[Case] = []


def _case(rule: str, is_fault: bool) -> Callable[[Spoil], Spoil]:
    def keep(spoil: Spoil) -> Spoil:
        CASES.append(Case(rule, is_fault, spoil))
        return spoil

    return keep


def fault(rule: str) -> Callable[[Spoil], Spoil]:
    return _case(rule, True)


def alike(rule: str) -> Callable[[Spoil], Spoil]:
    return _case(rule, False)
