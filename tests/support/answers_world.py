"""Findings in a grown bureau, and what people do about them, for the tests of explanations and sanctions."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from support.county_world import OFFICER, SECTION, named_id
from zhilu.encoding import format_time

MONDAY = datetime(2026, 6, 1, 2, tzinfo=UTC)
"""Ten in the morning in Beijing, of a week without a holiday."""
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 40 + b"\xff\xd9"
PDF = b"%PDF-1.7\n" + b"1 0 obj\n" * 5 + b"%%EOF\n"


def at(moment: datetime) -> AbstractContextManager[None]:
    """The server's clock stands there."""
    from zhilu.server.ledger import clock

    return clock.set_to(lambda: moment)


def after(days: int) -> AbstractContextManager[None]:
    """So many days after the findings were raised."""
    return at(MONDAY + timedelta(days=days))


def raised(
    rule: str = "gap",
    subject: str = "",
    kind: str = "act",
    persons: Sequence[str] = (OFFICER,),
    department: str | None = SECTION,
    moment: datetime = MONDAY,
    day: str = "2026-05-29",
    words: Sequence[str] = (),
    places: Sequence[Sequence[int]] = ((1_780_020_000, 1_780_020_120),),
) -> str:
    """Its id."""
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.oversight.events_findings import FindingRaised
    from zhilu.server.oversight.findings.every import RULES
    from zhilu.server.oversight.findings.rule import id_of

    found = next(one for one in RULES if one.code == rule)
    about = subject or str(named_id(f"about {rule}"))
    event = FindingRaised(
        finding=id_of(rule, about),
        rule=rule,
        version=found.version,
        severity=found.severity,
        about=about,
        subject_kind=kind,
        day=day,
        department=department,
        persons=list(persons),
        places=[list(one) for one in places],
        words=list(words),
    )
    with at(moment):
        commit(event, "julu")
    return event.finding


def cleared(finding: str, moment: datetime) -> None:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.oversight.events_findings import FindingCleared

    with at(moment):
        commit(FindingCleared(finding, "not-shown"), "julu")


class People:
    """Of a grown bureau, by what they are."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.me = UUID(OFFICER)
        self.head, self.head_all = self("unit-head"), self("unit-head*")
        self.supervisor, self.supervisor_all = self("supervisor"), self("supervisor*")
        self.leader, self.leader_all = self("leader"), self("leader*")

    def __call__(self, persona: str) -> UUID:
        return UUID(self.world.people[persona])


def delegated(giver: UUID, receiver: UUID, role: str, moment: datetime) -> None:
    from zhilu.server.ledger.services.commit import commit
    from zhilu.server.organisation.events import DelegationGiven

    given = DelegationGiven(
        delegation=str(named_id(f"delegation {role} {giver} {receiver}")),
        from_=str(giver),
        to=str(receiver),
        role=role,
        since=format_time(moment),
        until=format_time(moment + timedelta(days=60)),
    )
    with at(moment):
        commit(given, str(giver))


def nothing_found() -> None:
    """Takes away what a grown bureau has of all this."""
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.oversight import models

    with applying():
        for name in ("FindingPerson", "Attachment", "SanctionFinding", "Appeal", "Sanction", "PersonFault",
                     "Conclusion", "Explanation", "Finding"):  # fmt: skip
            getattr(models, name).objects.all().delete()
