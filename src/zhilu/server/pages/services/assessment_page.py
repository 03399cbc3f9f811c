"""A month of an assessment as pages and files show it: what was published, or what would be by now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from zhilu.server.assessment import rules
from zhilu.server.assessment.models import Publication, PublishedLine, PublishedUnit
from zhilu.server.assessment.services import objecting
from zhilu.server.assessment.services.grounds import a_year_before
from zhilu.server.assessment.services.reckoning import Reckoning, newest
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import day_of, now, today
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.models import Department
from zhilu.server.organisation.services.people import names, paths_of
from zhilu.server.organisation.services.rights import Rights, Scope
from zhilu.server.oversight.models import Finding
from zhilu.server.oversight.rules_answers import CONCLUDED, REFER

READS = ("unit-head", "leader", "supervisor")
"""Who sees the points of others, in his scope."""
RANKS = ("unit-head", "leader")
"""Who of them also sees the place of one among officers."""


@dataclass(frozen=True)
class Unit:
    """`place`: among how many of like size, None where fewer than three are; `before`: a month earlier."""

    bureau: str
    department: UUID | None
    name: str
    tenths: int | None
    persons: int
    place: tuple[int, int] | None = None
    before: int | None = None
    state: str = ""

    @property
    def points(self) -> str:
        return rules.shown(self.tenths)

    @property
    def change(self) -> str:
        if self.tenths is None or self.before is None:
            return "—"
        return rules.signed(self.tenths - self.before)


@dataclass(frozen=True)
class Row:
    """Of one person. `items`: [kind, code, ref, day, department, tenths]."""

    person: UUID
    department: UUID
    tenths: int
    deducted: int
    credited: int
    items: Sequence[Any]
    name: str = ""

    @property
    def points(self) -> str:
        return rules.shown(self.tenths)

    @property
    def taken(self) -> str:
        return rules.shown(-self.deducted)

    @property
    def added(self) -> str:
        return rules.signed(self.credited)


class Month:
    """Inside `ledgers.of` its bureau. `version`: an older one is wanted; `is_asked_anew`: what would be by
    now, whatever is published. `known`: all its departments, where they were read.
    """

    def __init__(
        self,
        month: date,
        scope: Scope,
        bureau: str,
        version: int | None = None,
        is_asked_anew: bool = False,
        known: Sequence[Department] | None = None,
    ) -> None:
        self.month, self.scope, self.bureau, self._read = month, scope, bureau, known
        year = Publication.objects.filter(month__gte=a_year_before(month), month__lte=month)
        self._year = list(objecting.with_causes(year).order_by("-version"))
        self.versions = [one for one in self._year if one.month == month]
        self.newest = self.versions[0] if self.versions else None
        wanted = next((one for one in self.versions if one.version == version), self.newest)
        self.publication = None if is_asked_anew else wanted

    @property
    def is_preview(self) -> bool:
        return self.publication is None

    @property
    def state(self) -> str:
        if self.newest:
            return "published"
        return "over" if today() >= rules.after(self.month) else "running"

    @cached_property
    def reckoning(self) -> Reckoning:
        first = {one.month: one.at for one in self._year if one.version == 1}
        return Reckoning(self.month, self.next_version, now(), None, self.kinds, first)

    @cached_property
    def departments(self) -> dict[UUID, Department]:
        return {one.id: one for one in self._read or Department.objects.all()}

    @cached_property
    def kinds(self) -> dict[UUID, str]:
        """Of the bureau's own departments."""
        return {one.id: one.kind for one in self.departments.values() if one.bureau == self.bureau}

    @cached_property
    def paths(self) -> dict[UUID, str]:
        return paths_of(self.departments)

    def covers(self, department: UUID | None) -> bool:
        """Whether it lies in the reader's scope; None lies in that of the whole bureau."""
        if self.scope is not None:
            return department in self.scope
        return department is None or department in self.kinds

    @property
    def scheme(self) -> int:
        return self.publication.scheme if self.publication else self.reckoning.scheme.version

    @cached_property
    def tenths(self) -> int | None:
        return self.publication.tenths if self.publication else self.reckoning.result.tenths

    @property
    def points(self) -> str:
        return rules.shown(self.tenths)

    @property
    def persons(self) -> int:
        return self.publication.persons if self.publication else self.reckoning.result.persons

    @cached_property
    def _all_units(self) -> list[tuple[UUID, int | None, int]]:
        if self.publication:
            rows = PublishedUnit.objects.filter(publication=self.publication)
            return list(rows.values_list("department", "tenths", "persons"))
        return [(one.department, one.tenths, one.persons) for one in self.reckoning.result.units]

    @cached_property
    def places(self) -> dict[UUID, tuple[int, int]]:
        return rules.places_among(
            (department, rules.size_band(persons), tenths) for department, tenths, persons in self._all_units
        )

    def units(self) -> list[Unit]:
        """Those of the reader's scope, by their path."""
        told, before = self.paths, self._before()
        found = [
            Unit(
                self.bureau,
                department,
                told.get(department, str(department)[:8]),
                tenths,
                persons,
                self.places.get(department),
                before.get(department),
            )
            for department, tenths, persons in self._all_units
            if self.scope is None or department in self.scope
        ]
        return sorted(found, key=lambda one: one.name)

    def _before(self) -> dict[UUID, int | None]:
        earlier = rules.begin(date.fromordinal(self.month.toordinal() - 1))
        last = next((one for one in self._year if one.month == earlier), None)
        rows = PublishedUnit.objects.filter(publication=last) if last else PublishedUnit.objects.none()
        return dict(rows.values_list("department", "tenths"))

    def rows(self, department: UUID | None = None) -> list[Row]:
        """Of people whose department it is, or all in scope; by name."""
        found = self._rows(department)
        told = names({one.person for one in found})
        named = [
            Row(**{**vars(one), "name": told.get(str(one.person), str(one.person)[:8])}) for one in found
        ]
        return sorted(named, key=lambda one: (one.name, str(one.person)))

    def _rows(self, department: UUID | None) -> list[Row]:
        if self.publication is None:
            lines = self.reckoning.result.lines
            return [_row(one) for one in lines if self._is_wanted(one.department, department)]
        stored = PublishedLine.objects.filter(publication=self.publication)
        if department:
            stored = stored.filter(department=department)
        elif self.scope is not None:
            stored = stored.filter(department__in=self.scope)
        return [_stored(one) for one in stored]

    def _is_wanted(self, department: UUID, asked: UUID | None) -> bool:
        return department == asked if asked else self.scope is None or department in self.scope

    def row_of(self, person: UUID) -> Row | None:
        if self.publication is None:
            return next((_row(one) for one in self.reckoning.result.lines if one.person == person), None)
        one = PublishedLine.objects.filter(publication=self.publication, person=person).first()
        return _stored(one) if one else None

    def place_of(self, row: Row) -> tuple[int, int] | None:
        """Of the person among those of departments of the same kind."""
        kinds = self.kinds
        if self.publication is None:
            everybody = [(one.person, one.department, one.tenths) for one in self.reckoning.result.lines]
        else:
            lines = PublishedLine.objects.filter(publication=self.publication)
            everybody = list(lines.values_list("person", "department", "tenths"))
        ranked = rules.places_among((who, kinds.get(where, ""), tenths) for who, where, tenths in everybody)
        return ranked.get(row.person)

    # -- what is not settled

    @cached_property
    def open(self) -> int:
        """Findings of the month, in scope, that nobody has concluded."""
        return int(open_findings(self.month, self.scope).count())

    @cached_property
    def causes(self) -> frozenset[str]:
        """Why a new version may be published."""
        return objecting.causes_of(self.newest) if self.newest else frozenset()

    @property
    def is_publishable(self) -> bool:
        return self.state == "over" or (self.state == "published" and bool(self.causes))

    @property
    def next_version(self) -> int:
        return (self.newest.version if self.newest else 0) + 1


def open_findings(month: date, scope: Scope) -> Any:
    last = rules.last_day(month)
    rows = Finding.objects.filter(day__gte=month, day__lte=last, cleared_at=None)
    rows = rows.exclude(state=CONCLUDED).exclude(severity=REFER)
    return rows if scope is None else rows.filter(Q(department__in=scope))


def _row(one: rules.Line) -> Row:
    items = [
        [item.kind, item.code, item.ref, item.day.isoformat(), str(item.department), item.tenths]
        for item in one.items
    ]
    return Row(one.person, one.department, one.tenths, one.deducted, one.credited, items)


def _stored(one: PublishedLine) -> Row:
    return Row(one.person, one.department, one.tenths, one.deducted, one.credited, one.items)


def scope_of(rights: Rights) -> Scope:
    return rights.scope_of(*READS)


def bureaus_of(scope: Scope) -> list[str]:
    """Whose assessments somebody may see: of the whole bureau at a city also those of its counties."""
    return ledgers.bureaus() if scope is None and settings.ZHILU.tier == "city" else [ledgers.own()]


def beside_each_other(month: date, told: dict[str, str]) -> tuple[list[Unit], list[Unit]]:
    """What each bureau published: the bureaus, and all their departments, each ranked among its like."""
    bureaus: list[Unit] = []
    units: list[Unit] = []
    states = ledgers.states(list(told))
    for bureau, name in told.items():
        with ledgers.of(bureau):
            publication = newest(month)
            if publication is None:
                bureaus.append(Unit(bureau, None, name, None, 0, state=states[bureau][0]))
                continue
            state = states[bureau][0]
            bureaus.append(Unit(bureau, None, name, publication.tenths, publication.persons, state=state))
            units += Month(month, None, bureau).units()
    return _ranked(bureaus), _ranked(units)


def published_by(bureaus: Iterable[str], months: Sequence[date]) -> list[tuple[date, int]]:
    """How many of the bureaus have published each month."""
    found: Counter[date] = Counter()
    for bureau in bureaus:
        with ledgers.of(bureau):
            rows = Publication.objects.filter(version=1, month__gte=min(months))
            found.update(rows.values_list("month", flat=True))
    return [(month, found[month]) for month in months]


def _ranked(units: Iterable[Unit]) -> list[Unit]:
    listed = list(units)
    places = rules.places_among(
        ((one.bureau, one.department), rules.size_band(one.persons), one.tenths) for one in listed
    )
    return [Unit(**{**vars(one), "place": places.get((one.bureau, one.department))}) for one in listed]


def months_back(count: int) -> list[date]:
    """This month and those before, none before that of the ledger's first entry."""
    found: list[date] = []
    day = rules.begin(today())
    first = Entry.objects.order_by("index").values_list("at", flat=True).first()
    begun = min(day, rules.begin(day_of(first))) if first else day
    while day >= begun and len(found) < count:
        found.append(day)
        day = rules.begin(date.fromordinal(day.toordinal() - 1))
    return found
