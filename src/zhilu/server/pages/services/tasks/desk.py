"""What a card of the home page is made from, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from zhilu.server.ledger.clock import day_of
from zhilu.server.organisation.services.rights import Rights

FEW = 4
"""Rows that a card shows."""
MOST = 100
"""More than that is said as "100+"."""


@dataclass(frozen=True)
class Desk:
    """Whose home page, and when."""

    rights: Rights
    at: datetime

    @property
    def today(self) -> date:
        return day_of(self.at)


@dataclass(frozen=True)
class Card:
    """`tone`: late, wrong, waits, or known: nothing to do, good to know. `lines`: (text, address) of the
    first few, the address empty where there is none.
    """

    tone: str
    title: str
    count: int
    says: str
    url: str
    link: str
    lines: list[tuple[str, str]] = field(default_factory=list)

    @property
    def counted(self) -> str:
        return f"{MOST}+" if self.count > MOST else str(self.count)


Task = Callable[[Desk], Card | None]
