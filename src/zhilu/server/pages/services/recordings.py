"""Recordings as lists and pages show them: who sees which, what a row is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from zhilu.encoding import parse_time
from zhilu.errors import DataError
from zhilu.sealed.imports import ORIGIN
from zhilu.server.equipment.models import Handover, Recorder, Station
from zhilu.server.evidence.models import Import, Lengthened, Recording, Wanted
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.organisation.models import Department, Person
from zhilu.server.organisation.services.rights import READS_TEXT, Rights
from zhilu.server.pages.services.listing import Asker

KEPT = ("keep", "at", "reason", "text", "by")
"""Of the newest lengthening, which is the longest."""
COVERED = ("size", "sha256", "cosigned_at")


def visible(rights: Rights) -> QuerySet[Recording]:
    """An officer's own, what he was told to describe, and what lies in the departments of a viewer, an
    approver, a unit's head.
    """
    own = Q(officer=rights.person) | Q(assigned=rights.person)
    own = own if "officer" in rights.roles else Q(pk__in=[])
    return Recording.objects.filter(own | rights.within(*READS_TEXT))


def undescribed(query: QuerySet[Recording]) -> QuerySet[Recording]:
    """Those that no act names and nobody set aside. Of drills no act is made: they are never among them."""
    return query.filter(acts=0, aside="", drill=False)


@dataclass(frozen=True)
class Row:
    """`imported`: what an import has besides; its `opened_at` is the time of sealing, and no more."""

    recording: Recording
    officer: str
    department: str
    serial: str
    imported: Import | None = None
    station: str = ""
    assigned: str = ""
    url: str = ""

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


def rows(recordings: Sequence[Any], asker: Asker) -> list[Row]:
    """Of what `with_names` found."""
    people = asker.names(*(one.assigned for one in recordings))
    imports = Import.objects.in_bulk([one.id for one in recordings if one.origin == ORIGIN])
    return [
        Row(
            one,
            "" if one.officer_name is None else one.officer_name or str(one.officer)[:8],
            asker.place(one.department),
            imports[one.id].serial if one.id in imports else one.serial or "",
            imports.get(one.id),
            asker.stations.get(one.station, ""),
            people.get(str(one.assigned), ""),
            asker.url("recording", one.id),
        )
        for one in recordings
    ]


def with_names(query: QuerySet[Recording]) -> QuerySet[Any]:
    """With its recorder's `serial` and its officer's `officer_name`; None where there is none such."""
    serial = Recorder.objects.filter(kid=OuterRef("recorder")).values("serial")[:1]
    officer = Person.objects.filter(id=OuterRef("officer")).values("name")[:1]
    return query.annotate(serial=Subquery(serial), officer_name=Subquery(officer))


def one(rights: Rights, recording: UUID) -> Any:
    """With the names of its department, its recorder and its station, with `lost_since`: when the store was
    found without it, with when and by whom it was handed over, with what was said last of how long it is
    kept (`kept_…`), and the first published checkpoint that covers the entry which stored it (`covered_…`);
    in one query. None for one that is not there for this person."""
    department = Department.objects.filter(id=OuterRef("department")).values("name")[:1]
    station = Station.objects.filter(kid=OuterRef("station")).values("name")[:1]
    lost = Wanted.objects.filter(recording=OuterRef("id")).values("since")[:1]
    handed = Handover.objects.filter(digest=OuterRef("handover"))
    kept = Lengthened.objects.filter(recording=OuterRef("id")).order_by("-id")
    covered = Checkpoint.objects.filter(size__gt=OuterRef("entry")).order_by("size")
    return (
        with_names(visible(rights).filter(id=recording))
        .annotate(department_name=Subquery(department), place=Subquery(station))
        .annotate(lost_since=Subquery(lost), handed_at=Subquery(handed.values("at")[:1]))
        .annotate(handed_by=Subquery(handed.values("officer")[:1]))
        .annotate(**{f"kept_{name}": Subquery(kept.values(name)[:1]) for name in KEPT})
        .annotate(**{f"covered_{name}": Subquery(covered.values(name)[:1]) for name in COVERED})
        .first()
    )


def row_of(found: Any, told: Mapping[str, str]) -> Row:
    """Of what `one` found; `told`: names of people."""
    imported = Import.objects.filter(id=found.id).first() if found.origin == ORIGIN else None
    serial = imported.serial if imported else found.serial or ""
    return Row(found, told.get(str(found.officer), ""), found.department_name or "", serial, imported)
