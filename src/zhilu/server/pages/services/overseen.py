"""What the pages of oversight have in common: over which departments somebody watches, what waits there for
whom, and how far tasks and acts are matched. Of the own bureau's ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Count, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.evidence.models import Recording
from zhilu.server.federation.services import ledgers
from zhilu.server.organisation import rules as organisation
from zhilu.server.organisation.models import Bureau, Department, Person
from zhilu.server.organisation.services.rights import Rights, Scope
from zhilu.server.oversight.apply_answers import days_around
from zhilu.server.oversight.models import Appeal, DueTask, Evaluated, Finding, Match
from zhilu.server.oversight.services.judging import DONE as DONE
from zhilu.server.pages.services import drawn_list, explanation_list, findings, work_lists
from zhilu.server.pages.services.recordings import undescribed

WATCHES = ("unit-head", "supervisor", "leader")
"""Roles that watch over departments."""
MOST = 100
"""More than that is said as "100+"."""


@dataclass(frozen=True)
class Branch:
    """A department as it is shown: `depth` below the first ones; `below`: itself and those below it."""

    id: UUID
    name: str
    depth: int
    below: frozenset[UUID]


class Places:
    """The founded bureau's departments, in one question; of them those that somebody watches over."""

    def __init__(self, rights: Rights) -> None:
        rows = Department.objects.filter(bureau__in=Bureau.objects.values("code"))
        self._known = {one.id: one for one in rows.order_by("order", "name", "id")}
        self._parents = {one.id: one.parent for one in self._known.values()}
        scope: Scope = rights.scope_of(*WATCHES)
        self.scope = frozenset(self._known) if scope is None else scope & self._known.keys()
        self.is_whole = scope is None

    def name(self, department: UUID | None) -> str:
        return self._known[department].name if department in self._known else ""

    def path(self, department: UUID) -> str:
        return "/".join(self.name(one) for one in reversed(organisation.above(department, self._parents)))

    def below(self, department: UUID) -> frozenset[UUID]:
        return organisation.below([department], self._parents)

    @cached_property
    def tree(self) -> list[Branch]:
        return list(self._walk(None, 0))

    def _walk(self, above: UUID | None, depth: int) -> Iterable[Branch]:
        for one in self._known.values():
            parent = one.parent if one.parent in self.scope else None
            if one.id in self.scope and parent == above and not one.closed:
                yield Branch(one.id, one.name, depth, self.below(one.id))
                yield from self._walk(one.id, depth + 1)

    def within(self, field: str = "department") -> Q:
        """Whoever watches over the whole bureau sees what lies in no department, too."""
        found = Q(**{f"{field}__in": self.scope})
        return found | Q(**{field: None}) if self.is_whole else found


def open_findings() -> QuerySet[Finding]:
    """That stand, and that nobody has concluded."""
    return Finding.objects.filter(cleared_at=None).exclude(state="concluded")


def state_of(task: str = "id") -> dict[str, Any]:
    """Of a task, by its match: is it due, and what became of it; "" where it is not matched yet."""
    mine = Match.objects.filter(bureau=ledgers.own(), task=OuterRef(task))
    return {
        "is_due": Subquery(mine.values("due")[:1]),
        "state": Coalesce(Subquery(mine.values("state")[:1]), Value("")),
    }


def tasks_between(first: datetime, last: datetime) -> QuerySet[DueTask]:
    return DueTask.objects.filter(since__gte=first, since__lt=last, withdrawn=False).annotate(**state_of())


@dataclass(frozen=True)
class Step:
    """Something that waits for somebody. `count`: MOST + 1 stands for more."""

    code: str
    title: str
    count: int
    url: str

    @property
    def counted(self) -> str:
        return f"{MOST}+" if self.count > MOST else str(self.count)


def waiting(rights: Rights, at: datetime) -> tuple[dict[str, int], tuple[datetime | None, int]]:
    """How many of each kind wait for this person, and as of when and how many entries his tasks are matched;
    in one question, but for the calendar that deadlines need.
    """
    asked: dict[str, QuerySet[Any]] = {}
    me = rights.person
    if "unit-head" in rights.roles:
        here = rights.within("unit-head")
        asked["explanations"] = explanation_list.to_accept(rights)
        asked["statements"] = work_lists.headed(rights).filter(present=7, confirmed=False)
        asked["undescribed"] = undescribed(Recording.objects.filter(here))
    if "supervisor" in rights.roles:
        asked["conclusions"] = findings.concludable(rights, at, days_around(at))
        asked["reviews"] = drawn_list.waiting(rights)
    if "leader" in rights.roles:
        here = rights.within("leader")
        asked["referred"] = Finding.objects.filter(findings.to_refer(), here).exclude(findings.party(me))
        before = Finding.objects.filter(findings.decided(me)).values("id")
        appeals = Appeal.objects.filter(here, decision="").exclude(person=me)
        asked["appeals"] = appeals.exclude(finding__in=before)
    known = Evaluated.objects.filter(bureau=ledgers.own())
    rows: QuerySet[Any] = (
        Person.objects.filter(id=me)
        .annotate(
            **{f"n_{code}": _count(query) for code, query in asked.items()},
            as_of=Subquery(known.values("as_of")[:1]),
            size=Subquery(known.values("size")[:1]),
        )
        .values()
    )
    row: dict[str, Any] = rows.first() or {}
    known_at = row.get("as_of")
    counts = {code: int(row.get(f"n_{code}") or 0) for code in asked}
    return counts, (
        datetime.fromtimestamp(known_at, UTC) if known_at is not None else None,
        int(row.get("size") or 0),
    )


def _count(query: QuerySet[Any]) -> Subquery:
    """Up to one more than MOST: nobody counts a hundred thousand to say "100+"."""
    few = query.order_by().values("pk")[: MOST + 1]
    model: type[Model] = query.model
    counted = model._default_manager.filter(pk__in=few).order_by().annotate(_one=Value(1)).values("_one")
    return Subquery(counted.annotate(n=Count("pk")).values("n"))


def steps(counts: Mapping[str, int]) -> list[Step]:
    """Those of which there is something."""
    told = {
        "explanations": (_("Explanations to decide"), "work-explanations", ""),
        "statements": (_("Statements to confirm"), "work-statements", "?complete=whole"),
        "undescribed": (_("Recordings to describe"), "work-recordings", ""),
        "conclusions": (_("Findings to conclude"), "work-findings", ""),
        "reviews": (_("Recordings drawn for review"), "footage-reviews", ""),
        "referred": (_("Findings that are referred"), "findings", "?waiting=leader"),
        "appeals": (_("Appeals to decide"), "findings", "?waiting=appeal"),
    }
    return [
        Step(code, title, counts[code], reverse(name) + asked)
        for code, (title, name, asked) in told.items()
        if counts.get(code)
    ]
