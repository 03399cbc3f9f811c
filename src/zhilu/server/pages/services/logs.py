"""The logs of the three kinds, as the audit administrator reads them (domain): of recorders, of stations, of
the platform. Each source says where its rows lie, when they were, of what kind, what can be searched, and
how a row reads. No name is searched: ids, paths, addresses are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Model, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhilu.encoding import as_uuid
from zhilu.server.equipment.models import Alarm, Handover, LogbookLine, Recorder, Station
from zhilu.server.ledger.clock import BEIJING, midnight
from zhilu.server.ledger.events import kind_named
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.models import AccessRow, Department, Peer, Person
from zhilu.server.organisation.services.people import bureau_name
from zhilu.server.pages.services import lists
from zhilu.server.pages.templatetags.zhilu import beijing, said
from zhilu.server.pages.words_ledger import SUBJECTS
from zhilu.server.training.models import Course

SIZE = 50
DAYS, MOST_DAYS = 14, 92
Words = str | Promise


@dataclass(frozen=True)
class Names:
    """What a page of rows needs to read: persons and devices."""

    people: Mapping[str, str]
    devices: Mapping[str, str]

    def of(self, who: object) -> str:
        """A person, a device, or the text itself: the bureau's code, a name of a peer."""
        text = str(who) if who else ""
        return self.people.get(text) or self.devices.get(text) or text


@dataclass(frozen=True)
class Source:
    """`kind`, `time`: columns; `table`: of words for the kinds; `search`: columns to look in; `cells`: a
    row's further columns, under `header`.
    """

    code: str
    group: str
    label: Words
    model: type[Model]
    time: str
    kind: str
    table: str
    search: tuple[str, ...]
    header: tuple[Words, ...]
    only: str = ""
    """One kind."""

    def rows(self) -> QuerySet[Any]:
        rows = self.model._default_manager.all()
        return rows.filter(**{self.kind: self.only}) if self.only else rows

    def cells(self, row: Any, names: Names) -> list[str]:
        shown: list[str] = CELLS[self.code](row, names)
        return shown


def _logbook(row: LogbookLine, names: Names) -> list[str]:
    return [names.of(row.recorder), str(row.n), str(row.recording or ""), row.hash[:12]]


def _handover(row: Handover, names: Names) -> list[str]:
    return [
        names.of(row.station),
        str(row.bay),
        names.of(row.recorder),
        names.of(row.officer),
        row.digest[:12],
    ]


def _alarm(row: Alarm, names: Names) -> list[str]:
    return [names.of(row.about), str(row.count), beijing(row.first_at)]


def _entry(row: Entry, names: Names) -> list[str]:
    return [str(row.index), names.of(row.actor), _about(row, names)]


def _about(row: Entry, names: Names) -> str:
    """By name; what has none that the auditor may read, by the kind of thing and its id."""
    named = names.of(row.subject)
    if named != row.subject:
        return named
    thing = SUBJECTS.get(kind_named(row.kind).subject)
    return f"{thing} {named}" if thing else named


def _access(row: AccessRow, names: Names) -> list[str]:
    success = _("yes") if row.success else _("no")
    return [str(row.id), names.of(row.person) or "—", row.target, str(success), row.address]


CELLS: dict[str, Any] = {
    "logbook": _logbook,
    "handovers": _handover,
    "refusals": _entry,
    "alarms": _alarm,
    "access": _access,
    "entries": _entry,
}
ENTRY = (_("Entry"), _("Who"), _("About"))
SOURCES = {
    one.code: one
    for one in (
        Source(
            "access", "platform", _("Access log"), AccessRow, "at", "action", "action", ("target", "address"),
            (_("Row"), _("Who"), _("Page"), _("Success"), _("From address")),
        ),
        Source(
            "entries", "platform", _("Ledger entries"), Entry, "at", "kind", "kind", ("subject", "actor"),
            ENTRY,
        ),
        Source(
            "handovers", "station", _("Handovers"), Handover, "at", "officer_check", "officer-check",
            ("digest", "recorder", "station"),
            (_("Station"), _("Bay"), _("Recorder"), _("Officer"), _("Hash")),
        ),
        Source(
            "refusals", "station", _("Dockings refused"), Entry, "at", "kind", "kind", ("subject", "actor"),
            ENTRY, "docking-refused/1",
        ),
        Source(
            "alarms", "station", _("Alarms"), Alarm, "last_at", "code", "alarm", ("about",),
            (_("About"), _("Times"), _("First at")),
        ),
        Source(
            "logbook", "recorder", _("Logbook lines"), LogbookLine, "at", "type", "line",
            ("hash", "recorder"), (_("Recorder"), _("Line"), _("Recording"), _("Hash")),
        ),
    )
}  # fmt: skip
GROUPS = {"recorder": _("Recorders"), "station": _("Stations"), "platform": _("Platform")}


@dataclass(frozen=True)
class Filters:
    """What was asked for; what cannot be is left out. `first` to `last`: both days are in it."""

    first: date
    last: date
    kind: str = ""
    q: str = ""
    success: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str], today: date) -> Filters:
        success = query.get("success", "")
        return cls(
            *lists.days(query, DAYS, MOST_DAYS, today),
            lists.text(query.get("kind", "")),
            lists.text(query.get("q", "")),
            success if success in ("yes", "no") else "",
        )

    @property
    def asked(self) -> dict[str, str]:
        found = {"first": str(self.first), "last": str(self.last), "kind": self.kind, "q": self.q}
        return {name: value for name, value in (found | {"success": self.success}).items() if value}


@dataclass(frozen=True)
class Line:
    at: datetime | None
    kind: str
    cells: list[str]


@dataclass(frozen=True)
class Day:
    """One day of the statistics; `counts` stand under the kinds of the table."""

    day: date
    counts: list[int]
    total: int
    share: int
    """Of the largest day, in percent."""


@dataclass(frozen=True)
class Statistics:
    kinds: list[str]
    days: list[Day]
    totals: list[int]
    total: int


def found(source: Source, filters: Filters) -> QuerySet[Any]:
    rows = source.rows().filter(_between(source, filters))
    if filters.kind:
        rows = rows.filter(**{source.kind: filters.kind})
    if filters.success and source.code == "access":
        rows = rows.filter(success=filters.success == "yes")
    if filters.q:
        rows = rows.filter(_searched(source, filters.q))
    return rows


def lines(source: Source, rows: Sequence[Any]) -> list[Line]:
    names = names_for(rows)
    return [
        Line(
            getattr(row, source.time), said(getattr(row, source.kind), source.table), source.cells(row, names)
        )
        for row in rows
    ]


def names_for(rows: Sequence[Any]) -> Names:
    """Of the persons, places, courses, devices that these rows name; five queries, however many rows."""
    fields = ("person", "officer", "actor", "subject")
    ids = {one for row in rows for name in fields if (one := as_uuid(getattr(row, name, None)))}
    people = {str(one.id): str(one) for one in Person.objects.filter(id__in=ids)}
    people[settings.ZHILU.bureau] = bureau_name()
    for table in (Department, Course):
        people |= {str(one.id): one.name for one in table._default_manager.filter(id__in=ids)}
    peers, stations = Peer.objects.values_list("kid", "name"), Station.objects.values_list("kid", "name")
    devices = dict(peers.union(stations, Recorder.objects.values_list("kid", "serial")))
    return Names(people, devices)


def kinds(source: Source, filters: Filters) -> list[str]:
    """The kinds that occur in the time asked for."""
    rows = source.rows().filter(_between(source, filters))
    return sorted(rows.order_by().values_list(source.kind, flat=True).distinct())


def statistics(source: Source, filters: Filters, most: int = 6) -> Statistics:
    """Per day and kind, over all that the filters leave; the rarest kinds are added up under "other"."""
    rows = found(source, filters)
    day = TruncDate(source.time, tzinfo=BEIJING)
    counted = rows.annotate(day=day).values_list("day", source.kind).annotate(count=Count("pk"))
    table: dict[tuple[date, str], int] = {(at, kind): count for at, kind, count in counted}
    sums: dict[str, int] = {}
    for (_at, kind), count in table.items():
        sums[kind] = sums.get(kind, 0) + count
    common = sorted(sums, key=lambda kind: (-sums[kind], kind))[:most]
    per_day: dict[date, dict[str, int]] = {}
    for (at, kind), count in table.items():
        cells = per_day.setdefault(at, {})
        name = kind if kind in common else ""
        cells[name] = cells.get(name, 0) + count
    shown = [*common, ""] if len(sums) > len(common) else common
    largest = max((sum(cells.values()) for cells in per_day.values()), default=1)
    days = [
        Day(at, [cells.get(kind, 0) for kind in shown], total, max(1, round(100 * total / largest)))
        for at, cells in sorted(per_day.items(), reverse=True)
        if (total := sum(cells.values()))
    ]
    totals = [sum(row.counts[place] for row in days) for place in range(len(shown))]
    return Statistics(shown, days, totals, sum(totals))


def _between(source: Source, filters: Filters) -> Q:
    return Q(
        **{
            f"{source.time}__gte": midnight(filters.first),
            f"{source.time}__lt": midnight(filters.last + timedelta(days=1)),
        }
    )


def _searched(source: Source, q: str) -> Q:
    match = Q()
    for column in source.search:
        match |= Q(**{f"{column}__contains": q})
    about = as_uuid(q)
    if about:
        for name in ("person", "officer", "recording"):
            if name in {field.name for field in source.model._meta.fields}:
                match |= Q(**{name: about})
    return match
