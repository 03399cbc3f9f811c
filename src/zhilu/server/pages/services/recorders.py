"""What the pages say of recorders: how they do, what is missing, from when to when, and what nobody can know.

Each of these is one query, whatever it finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from zhilu.encoding import as_uuid, parse_time
from zhilu.sealed.lines import unverified_payload
from zhilu.sealed.logbook import PROVABLE_COUNTERS
from zhilu.server.equipment import rules
from zhilu.server.equipment.models import (
    Certificate,
    Equipment,
    Finding,
    Handover,
    Issue,
    LogbookLine,
    Station,
)
from zhilu.server.equipment.services import handovers, logbooks, register
from zhilu.server.evidence.models import Recording
from zhilu.server.evidence.services import missing
from zhilu.server.organisation import rules as organisation
from zhilu.server.organisation.models import Department, Person
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services import lists

MOST = 200
FEW = 5
STATES = (*rules.STATES, "revoked", "not-enrolled")


@dataclass(frozen=True)
class Filters:
    """What was asked for; a value that cannot be is left out."""

    q: str = ""
    department: UUID | None = None
    state: str = ""
    out: str = ""
    idle: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filters:
        state, out, idle = (query.get(name, "") for name in ("state", "out", "idle"))
        return cls(
            lists.text(query.get("q", "")),
            as_uuid(query.get("department", "")),
            state if state in STATES else "",
            out if out in ("yes", "no") else "",
            int(idle) if idle.isascii() and idle.isdigit() and 0 < int(idle[:5]) <= 3650 else None,
        )


def listed(rights: Rights, asked: Filters) -> QuerySet[Equipment]:
    rows = register.recorders(rights)
    if asked.q:
        rows = register.named(rows, asked.q)
    if asked.department:
        parents = dict(Department.objects.values_list("id", "parent"))
        rows = register.of_departments(rows, organisation.below([asked.department], parents))
    if asked.state:
        rows = register.in_state(rows, asked.state)
    if asked.out:
        rows = register.handed_out(rows, asked.out == "yes")
    if asked.idle:
        rows = register.idle(rows, asked.idle)
    return rows


@dataclass(frozen=True)
class Row:
    """A recorder as a list or the head of its page shows it."""

    one: Any  # of equipment.services.register

    @property
    def tail_provable(self) -> bool:
        return self.one.counter_kind in PROVABLE_COUNTERS

    @property
    def is_replaced(self) -> bool:
        """Another key was enrolled for the same device."""
        return bool(self.one.kid != self.one.shown)

    @property
    def unknown_since(self) -> datetime | None:
        """Time of the last held line; after it nothing is known."""
        payload = self._said("last_line")
        return _time(str(payload.get("at", "")))

    @property
    def measures(self) -> list[tuple[str, datetime | None, dict[str, Any]]]:
        """(kind, when, what) of the newest line of each kind of measure."""
        told = ((kind, self._said(register.field_of(kind))) for kind in register.MEASURES)
        return [(kind, _time(str(said["at"])), said) for kind, said in told if said]

    def _said(self, field: str) -> dict[str, Any]:
        line = getattr(self.one, field)
        return unverified_payload(bytes(line)) if line else {}


@dataclass(frozen=True)
class Docking:
    """A handover as its bytes say. `offset_us`: recorder minus station."""

    handover: Handover
    station: str
    officer: str
    offset_us: int
    offline: bool


def dockings(recorder: str) -> list[Docking]:
    """The last few, newest first."""
    rows = Handover.objects.filter(recorder=recorder).order_by("-at")
    rows = rows.annotate(
        station_name=Subquery(Station.objects.filter(kid=OuterRef("station")).values("name")[:1]),
        officer_name=Subquery(Person.objects.filter(id=OuterRef("officer")).values("name")[:1]),
    )
    return [_docking(row) for row in rows[:FEW]]


def _docking(row: Any) -> Docking:
    said = handovers.said_in(bytes(row.body))
    return Docking(row, row.station_name or "", row.officer_name or "", said.clock_offset_us, said.offline)


def issues(recorder: str) -> QuerySet[Issue]:
    """Who had it, newest first."""
    return (
        Issue.objects.filter(recorder=recorder)
        .order_by("-at", "-entry")
        .annotate(
            person_name=Subquery(Person.objects.filter(id=OuterRef("person")).values("name")[:1]),
            department_name=Subquery(Department.objects.filter(id=OuterRef("department")).values("name")[:1]),
        )
    )


def certificates(kid: str) -> list[Certificate]:
    """Newest first."""
    return list(Certificate.objects.filter(kid=kid).order_by("-not_after", "digest")[:FEW])


@dataclass(frozen=True)
class Found:
    """`stored`: what was missing is here now."""

    finding: Finding
    since: datetime | None
    until: datetime | None
    stored: bool
    by: str

    @property
    def is_note(self) -> bool:
        return self.finding.code in rules.NOTES


def found(recorder: str) -> list[Found]:
    """Newest first."""
    return _found(Finding.objects.filter(recorder=recorder).order_by("-id"))


def about(recording: Recording, lines: Iterable[LogbookLine]) -> list[Found]:
    """Findings about one recording, or at the lines about it."""
    mine = Finding.objects.filter(recorder=recording.recorder)
    numbers = [line.n for line in lines]
    rows = mine.filter(Q(recording=recording.id) | Q(recording=None, line__in=numbers))
    return _found(rows.order_by("id"))


def _found(rows: QuerySet[Finding]) -> list[Found]:
    station = Station.objects.filter(kid=OuterRef("actor")).values("name")[:1]
    told = rows.annotate(
        by=Subquery(station),
        is_stored=Exists(Recording.objects.filter(id=OuterRef("recording"))),
        opened=_newest_line("recording-opened"),
        closed=_newest_line(*missing.CLOSED_BY),
    )
    return [_one_found(row) for row in told[:MOST]]


def _one_found(row: Any) -> Found:
    since, until = row.since, row.until
    if row.recording is not None and since is None and until is None:
        # The lines about it came later than the word of the station.
        since, until = _at(row.opened), _at(row.closed)
    return Found(row, since, until, row.is_stored, row.by or "")


@dataclass(frozen=True)
class Awaited:
    """A recording that the logbook closed and that is not here: still in the recorder or at a station, or
    missing."""

    recording: UUID
    since: datetime | None
    until: datetime | None
    is_missing: bool
    is_cleared: bool


def awaited(recorder: str) -> list[Awaited]:
    """Oldest first."""
    lines = LogbookLine.objects.filter(recorder=recorder)
    stored = Recording.objects.filter(recorder=recorder).values("id")
    gone = Finding.objects.filter(
        recorder=recorder, code="recording-missing", recording=OuterRef("recording")
    )
    closed = (
        lines.filter(type__in=missing.CLOSED_BY, recording__isnull=False)
        .exclude(recording__in=stored)
        .annotate(
            is_missing=Exists(gone),
            is_cleared=Exists(lines.filter(type="cleared", recording=OuterRef("recording"))),
            opened=_newest_line("recording-opened"),
        )
        .order_by("n")
    )
    # One that power cut short before its first line has nothing to offer.
    return [_awaited(row) for row in closed[:MOST] if logbooks.payload_of(row).get("lines")]


def _awaited(row: Any) -> Awaited:
    return Awaited(row.recording, _at(row.opened), _at(row.line), row.is_missing, row.is_cleared)


def _newest_line(*types: str) -> Subquery:
    about_it = LogbookLine.objects.filter(recording=OuterRef("recording"), type__in=types)
    return Subquery(about_it.order_by("-n").values("line")[:1])


def _at(line: Any) -> datetime | None:
    return _time(str(unverified_payload(bytes(line))["at"])) if line else None


def _time(text: str) -> datetime | None:
    return parse_time(text) if text else None
