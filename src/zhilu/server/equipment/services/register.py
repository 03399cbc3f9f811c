"""Reading the register: recorders with all that a list shows, in one query whatever their number."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from zhilu.server.equipment.apply import suspending
from zhilu.server.equipment.models import (
    Assignment,
    Equipment,
    Finding,
    Handover,
    Issue,
    LogbookLine,
    Recorder,
    Revocation,
    Station,
)
from zhilu.server.equipment.services.keeping import KEEPER
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.models import Department, Person
from zhilu.server.organisation.services.rights import READS_TEXT, Rights

SEE_ALL = frozenset({"system-administrator", "audit-administrator"})
ASSIGNED = ("officer", "at", "drill", "deputy")
MEASURES = ("clock-set", "battery", "storage", "fault")
"""Lines of the logbook that say how the device does."""


def visible(rights: Rights) -> Q:
    """Rows of the register that this person sees: administrators all, others what lies in their scope."""
    if rights.roles & SEE_ALL:
        return Q()
    return rights.within(*READS_TEXT, KEEPER)


def recorders(rights: Rights) -> QuerySet[Equipment]:
    """Registered recorders with state, place, holder, last docking and number of findings."""
    rows = Equipment.objects.filter(visible(rights), kind="recorder")
    return _told(rows, F("kid")).order_by("serial", "id")


def recorder(rights: Rights, kid: str) -> Equipment | None:
    """The row of the register that belongs to this key, also where another took its place; all that is told
    is told of this key. With the newest lines of its logbook that say how the device does."""
    serial = Recorder.objects.filter(kid=kid).values("serial")[:1]
    rows = Equipment.objects.filter(visible(rights), kind="recorder", serial=Subquery(serial))
    lines = LogbookLine.objects.filter(recorder=OuterRef("shown")).order_by("-n")
    newest = {field_of(kind): Subquery(lines.filter(type=kind).values("line")[:1]) for kind in MEASURES}
    me = Recorder.objects.filter(kid=OuterRef("shown"))
    told = _told(rows, Value(kid)).annotate(
        last_line=Subquery(lines.values("line")[:1]),
        state_at=Subquery(me.values("state_at")[:1]),
        state_reason=Subquery(me.values("state_reason")[:1]),
        **_assigned(),
        **newest,
    )
    return told.first()


def _assigned() -> dict[str, Subquery]:
    """The assignment that counts."""
    newest = Assignment.objects.filter(recorder=OuterRef("shown")).order_by("-id")
    officer = Person.objects.filter(id=OuterRef("assigned_officer")).values("name")[:1]
    told = {f"assigned_{name}": Subquery(newest.values(name)[:1]) for name in ASSIGNED}
    return {**told, "assigned_name": Subquery(officer)}


def field_of(kind: str) -> str:
    return f"{kind.replace('-', '_')}_line"


def _told(rows: QuerySet[Equipment], shown: F | Value) -> QuerySet[Equipment]:
    rows = rows.annotate(shown=shown)
    me = Recorder.objects.filter(kid=OuterRef("shown"))
    findings = Finding.objects.filter(recorder=OuterRef("shown"))
    counted = findings.order_by().values("recorder").annotate(count=Count("id")).values("count")
    held = Issue.objects.filter(recorder=OuterRef("shown"), returned_at=None)
    handovers = Handover.objects.filter(recorder=OuterRef("shown")).order_by("-at")
    return rows.annotate(
        state=Subquery(me.values("state")[:1]),
        bay=Subquery(me.values("bay")[:1]),
        station=Subquery(me.values("station")[:1]),
        station_name=Subquery(Station.objects.filter(kid=OuterRef("station")).values("name")[:1]),
        counter_kind=Subquery(me.values("counter_kind")[:1]),
        is_revoked=Exists(Revocation.objects.filter(kid=OuterRef("shown"))),
        is_suspended=Exists(suspending().filter(recorder=OuterRef("shown"))),
        findings=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
        docked=Subquery(handovers.values("at")[:1]),
        department_name=Subquery(Department.objects.filter(id=OuterRef("department")).values("name")[:1]),
        issue=Subquery(held.values("id")[:1]),
        holder=Subquery(held.values("person")[:1]),
        holder_name=Subquery(Person.objects.filter(id=OuterRef("holder")).values("name")[:1]),
        held_in=Subquery(held.values("department")[:1]),
        held_in_name=Subquery(Department.objects.filter(id=OuterRef("held_in")).values("name")[:1]),
    )


def in_state(rows: QuerySet[Equipment], state: str) -> QuerySet[Equipment]:
    """`state`: one of rules.STATES, `revoked`, or `not-enrolled`."""
    if state == "not-enrolled":
        return rows.filter(kid=None)
    if state == "revoked":
        return rows.filter(kid__in=Revocation.objects.values("kid"))
    return rows.filter(kid__in=Recorder.objects.filter(state=state).values("kid"))


def handed_out(rows: QuerySet[Equipment], is_out: bool) -> QuerySet[Equipment]:
    out = Q(kid__in=Issue.objects.filter(returned_at=None).values("recorder"))
    return rows.filter(out if is_out else ~out | Q(kid=None))


def idle(rows: QuerySet[Equipment], days: int) -> QuerySet[Equipment]:
    """Enrolled, and not docked for so many days."""
    since = now() - timedelta(days=days)
    seen = Handover.objects.filter(at__gte=since).values("recorder")
    return rows.exclude(kid=None).exclude(kid__in=seen)


def of_departments(rows: QuerySet[Equipment], departments: Collection[UUID]) -> QuerySet[Equipment]:
    return rows.filter(department__in=departments)


def named(rows: QuerySet[Equipment], text: str) -> QuerySet[Equipment]:
    return rows.filter(Q(serial__icontains=text) | Q(model__icontains=text) | Q(asset__icontains=text))
