"""What the pages say of stations and certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from zhilu.server.equipment.models import Certificate, Equipment, Handover, Recorder, Revocation, Station
from zhilu.server.equipment.services import enrolment, keeping, register
from zhilu.server.equipment.services.keeping import KEEPER
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.models import Department, Peer, Person
from zhilu.server.organisation.services.rights import Rights

SOON = timedelta(days=60)
"""Before a certificate runs out, for whoever has to fetch the next."""
FEW = 10


def page_of(event: enrolment.Enrolled) -> tuple[str, str]:
    """Name and argument of the address of what was enrolled."""
    kind = "recorder" if hasattr(event, "recorder") else "station"
    return kind, enrolment.kid_of(event)


def page_of_device(device: Recorder | Station) -> tuple[str, str]:
    return ("recorder" if isinstance(device, Recorder) else "station"), device.kid


def name_of(device: Recorder | Station) -> str:
    return device.serial if isinstance(device, Recorder) else device.name


def stations() -> QuerySet[Station]:
    """With what is registered of them, when they were last heard of, and how many recorders they have."""
    owned = Equipment.objects.filter(kid=OuterRef("kid"))
    heard = Handover.objects.filter(station=OuterRef("kid")).order_by("-at")
    bound = Recorder.objects.filter(station=OuterRef("kid")).order_by().values("station")
    newest = Certificate.objects.filter(kid=OuterRef("kid")).order_by("-not_after")
    return Station.objects.order_by("name", "kid").annotate(
        serial=Subquery(owned.values("serial")[:1]),
        model=Subquery(owned.values("model")[:1]),
        asset=Subquery(owned.values("asset")[:1]),
        acquired=Subquery(owned.values("acquired")[:1]),
        department=Subquery(owned.values("department")[:1]),
        department_name=Subquery(Department.objects.filter(id=OuterRef("department")).values("name")[:1]),
        docked=Subquery(heard.values("at")[:1]),
        recorders=Subquery(bound.annotate(count=Count("kid")).values("count")),
        certificate_until=Subquery(newest.values("not_after")[:1]),
        is_revoked=Exists(Revocation.objects.filter(kid=OuterRef("kid"))),
    )


def stations_without_key(rights: Rights) -> list[Equipment]:
    """Registered, not enrolled."""
    rows = Equipment.objects.filter(kind="station", kid=None).order_by("serial")
    if "system-administrator" not in rights.roles:
        rows = rows.filter(_keeps(rights))
    name = Department.objects.filter(id=OuterRef("department")).values("name")[:1]
    return list(rows.annotate(department_name=Subquery(name))[:200])


def _keeps(rights: Rights) -> Q:
    scope = rights.scope_of(KEEPER)
    return Q() if scope is None else Q(department__in=scope)


def keeps_station(rights: Rights, one: Any) -> bool:
    return bool(one.serial) and keeping.keeps(rights, one.department)


@dataclass(frozen=True)
class Bay:
    number: int
    recorder: Any


def bays(station: Station) -> list[Bay]:
    """All of them, the empty ones too."""
    seen = Handover.objects.filter(recorder=OuterRef("kid")).order_by("-at")
    rows = Recorder.objects.filter(station=station.kid).annotate(
        docked=Subquery(seen.values("at")[:1]),
        is_revoked=Exists(Revocation.objects.filter(kid=OuterRef("kid"))),
    )
    bound = {row.bay: row for row in rows}
    return [Bay(number, bound.get(number)) for number in range(1, station.bays + 1)]


def dockings_at(rights: Rights, station: str) -> list[Any]:
    """The last handovers there, of the recorders that this person sees: they name officers."""
    owned = Equipment.objects.filter(register.visible(rights), kind="recorder").values("serial")
    seen = Recorder.objects.filter(serial__in=owned).values("kid")
    rows = Handover.objects.filter(station=station, recorder__in=seen).order_by("-at")
    return list(
        rows.annotate(
            serial=Subquery(Recorder.objects.filter(kid=OuterRef("recorder")).values("serial")[:1]),
            officer_name=Subquery(Person.objects.filter(id=OuterRef("officer")).values("name")[:1]),
        )[:FEW]
    )


def certificates() -> QuerySet[Certificate]:
    """The first to run out first, with whose they are; those of revoked devices last."""
    return Certificate.objects.annotate(
        recorder=Subquery(Recorder.objects.filter(kid=OuterRef("kid")).values("serial")[:1]),
        station=Subquery(Station.objects.filter(kid=OuterRef("kid")).values("name")[:1]),
        peer=Subquery(Peer.objects.filter(kid=OuterRef("kid")).values("name")[:1]),
        is_revoked=Exists(Revocation.objects.filter(kid=OuterRef("kid"))),
        is_replaced=Exists(
            Certificate.objects.filter(kid=OuterRef("kid"), not_after__gt=OuterRef("not_after"))
        ),
    ).order_by("is_revoked", "is_replaced", "not_after", "digest")


@dataclass(frozen=True)
class CertificateRow:
    """`state`: `valid`, `soon`, `expired`, `replaced` by a later one, `revoked`."""

    one: Any
    state: str

    @property
    def name(self) -> str:
        return self.one.recorder or self.one.station or self.one.peer or ""


def certificate_rows(rows: Any) -> list[CertificateRow]:
    at = now()
    return [CertificateRow(one, _state(one, at)) for one in rows]


def _state(one: Any, at: datetime) -> str:
    if one.is_revoked:
        return "revoked"
    if one.is_replaced:
        return "replaced"
    if one.not_after <= at:
        return "expired"
    return "soon" if one.not_after <= at + SOON else "valid"
