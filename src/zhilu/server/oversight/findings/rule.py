"""What a rule is, and a finding (spec/oversight.md §3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from zhilu.encoding import h
from zhilu.server.oversight.findings.stretches import Stretch
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches

REMIND, MINOR, SERIOUS, REFER = SEVERITIES = ("remind", "minor", "serious", "refer")
"""`refer`: never scored, referred."""
BEGINNING = date.min
"""Since when a first version counts."""


@dataclass(frozen=True)
class Found:
    """`persons`: who is asked. `places`: from when to when, in true time. `words`: codes, ids, figures."""

    subject: str
    day: date
    persons: tuple[str, ...]
    places: tuple[Stretch, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One version of it."""

    code: str
    version: int
    since: date
    severity: str
    zh: str
    en: str
    find: Callable[[World, Matches], Iterator[Found]]


@dataclass(frozen=True)
class Finding:
    id: str
    rule: Rule
    found: Found


def id_of(rule: str, subject: str) -> str:
    return h("zhilu/finding/v1", rule.encode(), b"\0", subject.encode())[:16].hex()
