"""The list of recordings: who sees which, filters, what a row shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from zhilu.encoding import as_uuid, parse_time
from zhilu.errors import DataError
from zhilu.sealed.imports import ORIGIN
from zhilu.sealed.journal import ORIGINS
from zhilu.server.equipment.models import Recorder, Station
from zhilu.server.evidence.models import ActSpan, Import, Recording, Wanted
from zhilu.server.ledger.clock import midnight
from zhilu.server.organisation.models import Department
from zhilu.server.organisation.services.people import department_names, names
from zhilu.server.organisation.services.rights import READS_TEXT, Rights
from zhilu.server.pages.services import lists


@dataclass(frozen=True)
class Filters:
    """What was asked for; a value that cannot be is left out."""

    officer: UUID | None = None
    first: date | None = None
    last: date | None = None
    origin: str = ""
    drills: bool = False
    """Drills alone, instead of everything but drills."""
    unnamed: bool = False
    """Only those that no act names."""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filters:
        origin = query.get("origin", "")
        return cls(
            as_uuid(query.get("officer", "")),
            lists.day(query.get("first", "")),
            lists.day(query.get("last", "")),
            origin if origin in ORIGINS else "",
            query.get("drills", "") == "only",
            query.get("acts", "") == "none",
        )


def visible(rights: Rights) -> QuerySet[Recording]:
    """An officer's own, and what lies in the departments of a viewer, an approver, a unit's head."""
    own = Q(officer=rights.person) if "officer" in rights.roles else Q(pk__in=[])
    return Recording.objects.filter(own | rights.within(*READS_TEXT))


def filtered(query: QuerySet[Recording], filters: Filters) -> QuerySet[Recording]:
    """Drills never stand among the others: they count nowhere but in training (spec/registers.md §3)."""
    query = query.filter(drill=filters.drills)
    if filters.unnamed:
        query = without_act(query)
    if filters.officer:
        query = query.filter(officer=filters.officer)
    if filters.origin:
        query = query.filter(origin=filters.origin)
    if filters.first:
        query = query.filter(opened_at__gte=midnight(filters.first))
    if filters.last:
        query = query.filter(opened_at__lt=midnight(filters.last + timedelta(days=1)))
    return query


def without_act(query: QuerySet[Recording]) -> QuerySet[Recording]:
    return query.exclude(Exists(ActSpan.objects.filter(recording=OuterRef("id"))))


@dataclass(frozen=True)
class Row:
    """`imported`: what an import has besides; its `opened_at` is the time of sealing, and no more."""

    recording: Recording
    officer: str
    department: str
    serial: str
    imported: Import | None = None

    @property
    def duration(self) -> timedelta | None:
        if self.imported is None:
            return self.recording.closed_at - self.recording.opened_at
        if self.imported.duration_us is None:
            return None
        return timedelta(microseconds=self.imported.duration_us)

    @property
    def modified(self) -> datetime | None:
        """When the imported file was last changed, as the card says."""
        try:
            return parse_time(self.imported.modified_at) if self.imported else None
        except DataError:
            return None


def rows(recordings: Sequence[Recording]) -> list[Row]:
    people = names({one.officer for one in recordings})
    places = department_names()
    serials = dict(
        Recorder.objects.filter(kid__in=[one.recorder for one in recordings]).values_list("kid", "serial")
    )
    imports = Import.objects.in_bulk([one.id for one in recordings if one.origin == ORIGIN])
    return [
        Row(
            one,
            people.get(str(one.officer), ""),
            places.get(one.department, ""),
            _serial(one, serials, imports),
            imports.get(one.id),
        )
        for one in recordings
    ]


def one(rights: Rights, recording: UUID) -> Any:
    """With the names of its department, its recorder and its station, and with `lost_since`: when the store
    was found without it; in one query. None for one that is not there for this person."""
    department = Department.objects.filter(id=OuterRef("department")).values("name")[:1]
    serial = Recorder.objects.filter(kid=OuterRef("recorder")).values("serial")[:1]
    station = Station.objects.filter(kid=OuterRef("station")).values("name")[:1]
    lost = Wanted.objects.filter(recording=OuterRef("id")).values("since")[:1]
    return (
        visible(rights)
        .filter(id=recording)
        .annotate(department_name=Subquery(department), serial=Subquery(serial), place=Subquery(station))
        .annotate(lost_since=Subquery(lost))
        .first()
    )


def row_of(found: Any, told: Mapping[str, str]) -> Row:
    """Of what `one` found; `told`: names of people."""
    imported = Import.objects.filter(id=found.id).first() if found.origin == ORIGIN else None
    serial = imported.serial if imported else found.serial or ""
    return Row(found, told.get(str(found.officer), ""), found.department_name or "", serial, imported)


def _serial(one: Recording, serials: dict[str, str], imports: dict[UUID, Import]) -> str:
    """An import's is what its name claims."""
    return imports[one.id].serial if one.id in imports else serials.get(one.recorder, "")
