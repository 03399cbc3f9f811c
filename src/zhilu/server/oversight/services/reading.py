"""The tables of the ledger at hand, read as days and holes (spec/absence.md §2, §3). Standing in the ledger's
database (`federation.services.ledgers.of`); what is given are rows of the own one, not kept yet.

A month of a large city is a few hundred thousand rows: each table is asked once, by day, and put together
here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from zhilu.sealed.logbook import PROVABLE_COUNTERS
from zhilu.server.equipment.models import (
    Docked,
    Equipment,
    Finding,
    HandedOver,
    HeldLogbook,
    Issue,
    LoggedAbsence,
    LoggedRecording,
    Recorder,
    Revocation,
    Station,
)
from zhilu.server.equipment.rules import IN_SERVICE, SUSPENDING
from zhilu.server.equipment.rules_logbooks import believed
from zhilu.server.evidence.models import Gap, Recording
from zhilu.server.ledger.clock import day_of, midnight
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.models import Department
from zhilu.server.oversight import rules
from zhilu.server.oversight.models import Day, Hole, Named, Reach

AT_ONCE = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOGGED = [one.name for one in fields(rules.Logged)]


@dataclass(frozen=True)
class Part:
    """What is read anew: these days, of these recorders, of all where None is said."""

    days: Collection[date]
    recorders: Collection[str] | None = None

    def of(self, rows: QuerySet[Any], day: str = "day") -> QuerySet[Any]:
        rows = rows.filter(**{f"{day}__in": self.days})
        return rows if self.recorders is None else rows.filter(recorder__in=self.recorders)


class Register:
    """Recorders, and who had which when: few, and asked by every part."""

    def __init__(self, bureau: str) -> None:
        self.bureau = bureau
        self.recorders = {one.kid: one for one in Recorder.objects.all()}
        self._owners = dict(Equipment.objects.filter(kind="recorder").values_list("serial", "department"))
        self._issues: dict[str, list[Issue]] = defaultdict(list)
        for one in Issue.objects.order_by("at", "id"):
            self._issues[one.recorder].append(one)

    def of(self, recorder: str, day: date) -> dict[str, Any]:
        """Columns of a row about a recorder on a day."""
        known = self.recorders.get(recorder)
        serial = known.serial if known else ""
        department = self._department(recorder, serial, day)
        return {"bureau": self.bureau, "recorder": recorder, "serial": serial, "department": department}

    def _department(self, recorder: str, serial: str, day: date) -> UUID | None:
        for one in reversed(self._issues.get(recorder, ())):
            if day_of(one.at) <= day and (one.returned_at is None or day <= day_of(one.returned_at)):
                return one.department
        return self._owners.get(serial)


@dataclass
class Read:
    days: list[Day] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)


def read(part: Part, register: Register) -> Read:
    reader = _Reader(part, register)
    reader.recordings()
    reader.absences()
    return Read(list(reader.days.values()), reader.holes)


class _Reader:
    def __init__(self, part: Part, register: Register) -> None:
        self.part, self.register = part, register
        self.wanted = frozenset(part.days)
        self.days: dict[tuple[str, date], Day] = {}
        self.holes: list[Hole] = []
        self.docked = dict(Docked.objects.values_list("recorder", "n"))

    def recordings(self) -> None:
        logged = self.part.of(LoggedRecording.objects.all())
        handed = {one.id: one for one in _listings(HandedOver.objects.filter(id__in=logged.values("id")))}
        mine = Recording.objects.filter(id__in=logged.values("recording"))
        lengths = mine.values_list("recorder", "id", "lines", "length")
        stored = {(recorder, id_): rules.Stored(*said) for recorder, id_, *said in lengths}
        rows = logged.values_list("id", "recorder", "recording", "day", "clock", *LOGGED)
        for key, recorder, recording, day, clock, *told in rows.iterator(2000):
            said = rules.Logged(*told)
            listed = handed.get(key)
            kept = stored.get((recorder, recording))
            verdict = rules.judge(said, _handed(listed), kept, self.docked.get(recorder, -1))
            until = said.closed_at or said.lost_at
            self._count(recorder, day, verdict, rules.length_s(said.opened_at, until))
            self._missing(recorder, day, recording, verdict, listed, said.opened_at, until)
            if clock:
                self._hole(recorder, day, "clock", since=said.opened_at, recording=recording)
        for recorder, id_, day, opened_at, closed_at, listed, kept in self._untold():
            verdict = rules.judge(None, _handed(listed), kept, -1)
            self._count(recorder, day, verdict, 0)
            self._missing(recorder, day, id_, verdict, listed, opened_at, closed_at)

    def _untold(self) -> Iterator[tuple[Any, ...]]:
        """What no told line opened: stored, or listed by a handover."""
        told = LoggedRecording.objects.filter(recorder=OuterRef("recorder"))
        first, last = midnight(min(self.wanted)), midnight(max(self.wanted) + timedelta(days=1))
        about = Q(opened_at__gte=first, opened_at__lt=last) | Q(stored_at__gte=first, stored_at__lt=last)
        stored = Recording.objects.filter(about).exclude(recorder="")
        if self.part.recorders is not None:
            stored = stored.filter(recorder__in=self.part.recorders)
        stored = stored.filter(~Exists(told.filter(recording=OuterRef("id"))))
        found = [(one, day_of_stored(one.opened_at, one.stored_at)) for one in stored.iterator(2000)]
        found = [(one, day) for one, day in found if day in self.wanted]
        listings = _listed([f"{one.recorder}/{one.id}" for one, _ in found])
        for one, day in found:
            handed, kept = listings.get(f"{one.recorder}/{one.id}"), rules.Stored(one.lines, one.length)
            yield one.recorder, one.id, day, one.opened_at, one.closed_at, handed, kept
        untold = self.part.of(HandedOver.objects.all()).filter(
            ~Exists(told.filter(recording=OuterRef("recording"))),
            ~Exists(Recording.objects.filter(recorder=OuterRef("recorder"), id=OuterRef("recording"))),
        )
        for one in untold:
            listed = Listing(one.id, one.at, one.told_at, one.station, one.bay)
            yield one.recorder, one.recording, one.day, one.at, None, listed, None

    def absences(self) -> None:
        for one in self.part.of(LoggedAbsence.objects.all()):
            self._hole(one.recorder, one.day, one.kind, since=one.since, until=one.until, reason=one.reason)
        self._gaps()
        for fork in forks(self.register.bureau):
            day = day_of_fork(fork.until, fork.at)
            if day in self.wanted and self._asks(fork.recorder):
                self._hole(fork.recorder, day, "fork", since=fork.since, until=fork.until or fork.at)

    def _gaps(self) -> None:
        """They stand on the day of their recording."""
        logged = self.part.of(LoggedRecording.objects.all())
        days = logged.filter(recording__in=Gap.objects.values("recording"))
        day_by = {(row.recorder, row.recording): row.day for row in days}
        for gap in Gap.objects.filter(recording__in=[recording for _, recording in day_by]):
            day = day_by.get((gap.recorder, gap.recording))
            if day:
                self._hole(
                    gap.recorder,
                    day,
                    "gap",
                    since=gap.since,
                    until=gap.until,
                    reason=gap.reason,
                    recording=gap.recording,
                )

    def _asks(self, recorder: str) -> bool:
        return self.part.recorders is None or recorder in self.part.recorders

    def _count(self, recorder: str, day: date, verdict: rules.Verdict, length_s: int) -> None:
        if not (verdict.captured or verdict.collected or verdict.stored):
            return
        row = self.days.get((recorder, day))
        if row is None:
            empty = {"captured": 0, "collected": 0, "stored": 0, "captured_s": 0}
            row = Day(**self.register.of(recorder, day), day=day, **empty)
            self.days[recorder, day] = row
        row.captured += verdict.captured
        row.collected += verdict.collected
        row.stored += verdict.stored
        row.captured_s += length_s

    def _missing(
        self,
        recorder: str,
        day: date,
        recording: UUID,
        verdict: rules.Verdict,
        handed: Listing | None,
        since: datetime,
        until: datetime | None,
    ) -> None:
        if not verdict.hole:
            return
        place: dict[str, Any] = {}
        if handed and verdict.hole in rules.AT_STATION:
            place = {"station": handed.station, "bay": handed.bay}
        about = {"since": since, "until": until, "recording": recording, "due_at": verdict.due_at}
        self._hole(recorder, day, verdict.hole, **about, **place)

    def _hole(self, recorder: str, day: date, kind: str, **values: Any) -> None:
        for name in ("since", "until"):
            if values.get(name) and values[name].year not in rules.YEARS:
                values[name] = None
        at = values.get("since") or values.get("until") or midnight(day)
        row = Hole(**self.register.of(recorder, day), day=day, kind=kind, at=at, **values)
        self.holes.append(row)


class Listing(NamedTuple):
    """Of a recording: where a handover listed it."""

    id: str
    at: datetime
    told_at: datetime
    station: str
    bay: int


def _listings(rows: QuerySet[HandedOver]) -> Iterator[Listing]:
    return (Listing(*row) for row in rows.values_list(*Listing._fields).iterator(2000))


def _listed(ids: Sequence[str]) -> dict[str, Listing]:
    found: dict[str, Listing] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = HandedOver.objects.filter(id__in=ids[start : start + AT_ONCE])
        found |= {one.id: one for one in _listings(rows)}
    return found


def _handed(one: Listing | None) -> rules.Handed | None:
    return rules.Handed(one.at, one.told_at) if one else None


def forks(bureau: str) -> QuerySet[Finding]:
    return Finding.objects.filter(code__in=SUSPENDING, actor=bureau)


def day_of_fork(until: datetime | None, found_at: datetime) -> date:
    return day_of(sane(until if until and believed(until, found_at) else found_at))


def day_of_stored(opened_at: datetime, stored_at: datetime) -> date:
    """On which a recording counts that no line told."""
    return day_of(sane(opened_at if believed(opened_at, stored_at) else stored_at))


def sane(at: datetime) -> datetime:
    """What no page could show is nobody's time."""
    return at if at.year in rules.YEARS else EPOCH


def reach(register: Register) -> list[Reach]:
    """How far each recorder is known."""
    held = HeldLogbook.objects.in_bulk()
    docked = {one.recorder: one.entry for one in Docked.objects.all()}
    enrolled = {one.entry for one in register.recorders.values()} | set(docked.values())
    at = dict(Entry.objects.filter(index__in=enrolled).values_list("index", "at"))
    gone = set(Revocation.objects.values_list("kid", flat=True))
    rows = []
    for kid, one in register.recorders.items():
        mine = held.get(kid)
        since = sane(at.get(one.entry, EPOCH))
        told = [since, *([mine.told_at] if mine else []), at.get(docked.get(kid, -1), since)]
        told = [sane(moment) for moment in told]
        row = Reach(
            **register.of(kid, date.max),
            station=one.station or "",
            bay=one.bay,
            enrolled_at=since,
            known_until=sane(min(mine.at, mine.told_at)) if mine else None,  # whatever its clock said
            docked_at=max(told),
            provable=one.counter_kind in PROVABLE_COUNTERS,
            live=one.state == IN_SERVICE and kid not in gone,
        )
        rows.append(row)
    return rows


def names(bureau: str) -> list[Named]:
    """Of every department and station of the ledger."""
    departments = ((str(id_), name) for id_, name in Department.objects.values_list("id", "name"))
    found = [*departments, *Station.objects.values_list("kid", "name")]
    return [Named(bureau=bureau, key=key, name=name) for key, name in found]
