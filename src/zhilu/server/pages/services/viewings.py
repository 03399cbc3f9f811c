"""Viewings for people to read: who may see which, in what state each is, what came of it.

A viewer sees his own, whoever may approve those about recordings in his departments, the audit administrator
all. The state is the county's own reading of the ledger; whether a key is given, the keyholder decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from zhilu.protocols.viewing import DECIDING_ROLES
from zhilu.server.evidence.models import (
    Copy,
    KeyRelease,
    Recording,
    Screenshot,
    Viewing,
    ViewingDecision,
    ViewingSpan,
)
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services.rights import may

STATES = ("waiting", "half", "open", "unused", "used", "refused", "lapsed")
USED = Exists(KeyRelease.objects.filter(viewing=OuterRef("id")))


def visible(rights: Rights) -> QuerySet[Viewing]:
    if "audit-administrator" in rights.roles:
        return Viewing.objects.all()
    mine = Q(viewer=rights.person)
    if not set(DECIDING_ROLES) & rights.roles:
        return Viewing.objects.filter(mine)
    here = Recording.objects.filter(rights.within(*DECIDING_ROLES)).values("id")
    about = ViewingSpan.objects.filter(recording__in=here).values("viewing")
    return Viewing.objects.filter(mine | Q(id__in=about))


def in_state(code: str, at: datetime) -> Q:
    """The viewings that are in this state at this moment."""
    live, over = Q(until__gt=at), Q(until__lte=at)
    decided_once = Exists(ViewingDecision.objects.filter(viewing=OuterRef("id")))
    return {
        "waiting": Q(approved=None) & live & ~Q(decided_once),
        "half": Q(approved=None) & live & Q(decided_once),
        "open": Q(approved=True) & live,
        "unused": Q(approved=True) & over & ~Q(USED),
        "used": Q(approved=True) & over & Q(USED),
        "refused": Q(approved=False),
        "lapsed": Q(approved=None) & over,
    }[code]


@dataclass(frozen=True)
class Row:
    """`recordings`: id and beginning; `opens`: the asker may look at their pages. `releases`, `pictures`,
    `copies`: how many.
    """

    viewing: Viewing
    state: str
    report: str
    viewer: str
    approvers: tuple[str, ...]
    recordings: tuple[tuple[UUID, datetime], ...]
    opens: bool
    departments: tuple[str, ...]
    releases: int
    pictures: int
    copies: int


def state_of(viewing: Viewing, decisions: int, releases: int, at: datetime) -> str:
    if viewing.approved is False:
        return "refused"
    if viewing.approved is None:
        return "lapsed" if viewing.until <= at else "half" if decisions else "waiting"
    if viewing.until > at:
        return "open"
    return "used" if releases else "unused"


def report_of(viewing: Viewing, at: datetime) -> str:
    """Of an urgent one that was approved: owed, overdue or filed."""
    due = viewing.report_due
    if due is None:
        return ""
    if viewing.reported:
        return "filed"
    return "overdue" if at >= due else "owed"


def counted(query: QuerySet[Viewing]) -> QuerySet[Viewing]:
    """With how much came of each."""
    told = {"released": KeyRelease, "pictured": Screenshot, "copied": Copy}
    return query.annotate(**{name: _count(table) for name, table in told.items()})


def _count(table: Any) -> Any:
    found = table.objects.filter(viewing=OuterRef("id")).order_by().values("viewing")
    return Coalesce(Subquery(found.annotate(count=Count("id")).values("count")), 0)


def rows(found: Sequence[Any], asker: Any, at: datetime) -> list[Row]:
    """Of `counted` ones."""
    ids = [one.id for one in found]
    spans, decisions = _spans(ids), _approvers(ids)
    people = asker.names(
        *(one.viewer for one in found), *(one for each in decisions.values() for one in each)
    )
    return [
        Row(
            viewing=one,
            state=state_of(one, len(decisions.get(one.id, [])), one.released, at),
            report=report_of(one, at),
            viewer=people.get(str(one.viewer), ""),
            approvers=tuple(people.get(str(each), "") for each in decisions.get(one.id, [])),
            recordings=tuple((id_, opened) for id_, opened, _place in spans.get(one.id, [])),
            opens=may(asker.rights.roles, "recordings"),
            departments=tuple(dict.fromkeys(asker.place(place) for _id, _at, place in spans.get(one.id, []))),
            releases=one.released,
            pictures=one.pictured,
            copies=one.copied,
        )
        for one in found
    ]


def _spans(ids: list[UUID]) -> dict[UUID, list[tuple[UUID, datetime, UUID | None]]]:
    """Recording, beginning, department."""
    about = Recording.objects.filter(id=OuterRef("recording"))
    opened, place = Subquery(about.values("opened_at")), Subquery(about.values("department"))
    told = ViewingSpan.objects.filter(viewing__in=ids).order_by("id")
    found: dict[UUID, list[tuple[UUID, datetime, UUID | None]]] = {}
    for viewing, *rest in told.values_list("viewing", "recording", opened, place):
        found.setdefault(viewing, []).append((rest[0], rest[1], rest[2]))
    return found


def _approvers(ids: list[UUID]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    told = ViewingDecision.objects.filter(viewing__in=ids).order_by("id")
    for viewing, approver in told.values_list("viewing", "approver"):
        found.setdefault(viewing, []).append(approver)
    return found
