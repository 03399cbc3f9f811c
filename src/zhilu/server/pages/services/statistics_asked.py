"""What the page of statistics is asked for, and by whom: period, bureau, department, officer, class.

What somebody may count is what he may read: a person of the whole bureau at a city counts its counties too;
one with departments those only. What cannot be is left out, as in lists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from zhilu.encoding import as_uuid
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import today
from zhilu.server.organisation import rules as organisation
from zhilu.server.organisation.models import Bureau, Department, ListedBureau
from zhilu.server.organisation.services.people import bureau_name, names
from zhilu.server.organisation.services.rights import READS_TEXT
from zhilu.server.pages.services import catalogue_options, lists
from zhilu.server.pages.services.rights import rights
from zhilu.server.statistics import rules
from zhilu.server.statistics.services.counting import Asked
from zhilu.server.statistics.services.figures import Figures

_CODE = re.compile(r"[A-Za-z0-9.-]{1,16}", re.ASCII)
ROWS = "rows"


@dataclass(frozen=True)
class Place:
    """A department as it is shown: `depth` below the first ones."""

    id: UUID
    name: str
    depth: int
    below: frozenset[UUID]
    """Itself, and those below it."""


class Question:
    """`bureau` is empty where several are counted together. `is_before`: asked for no period, and this month
    has just begun: it is the month before."""

    def __init__(self, request: HttpRequest) -> None:
        query = request.GET
        self._query = query
        self.scope = rights(request).scope_of(*READS_TEXT)
        self._read = rights(request).departments
        self.bureaus = tuple(ledgers.bureaus()) if self.scope is None else (ledgers.own(),)
        said = query.get("bureau", "")
        self.bureau = said if said in self.bureaus else ("" if len(self.bureaus) > 1 else self.bureaus[0])
        self.is_before = False
        self.period = self._period()
        self.cut = rules.cut_of(self.period, query.get("cut", ""))
        self.anew = query.get("from") == ROWS
        self.procedure, self.class_code = (self._code(name) for name in ("procedure", "class"))
        chosen = as_uuid(query.get("department", "")) if self.bureau else None
        self.department = chosen if chosen in {one.id for one in self.places} else None
        self.officer = as_uuid(query.get("officer", "")) if self.bureau else None
        rate = query.get("rate", "")
        self.rate = next((one for one in rules.RATES if one.code == rate), self.rates[0])

    def _code(self, name: str) -> str:
        said = self._query.get(name, "")
        return said if _CODE.fullmatch(said) else ""

    def _period(self) -> rules.Bucket:
        first, last = (lists.day(self._query.get(name, "")) for name in ("first", "last"))
        now = today()
        if not first and not last:
            month = rules.month_of(lists.usual_month(now))
            self.is_before = month.last < now
            return rules.Bucket(month.first, min(month.last, now))
        last = last or now
        first = first or last.replace(day=1)
        earliest = date.fromordinal(last.toordinal() - rules.MOST_DAYS + 1)
        return rules.Bucket(max(min(first, last), earliest), last)

    @property
    def this_month(self) -> str:
        now = today()
        return self.url(first=now.replace(day=1), last=now)

    @property
    def rates(self) -> list[rules.Rate]:
        """Of acts only, where a procedure or a class is asked for."""
        of_acts = {*rules.OF_ACTS, *rules.OF_TASKS}
        known = of_acts if self.of_acts_only else {*rules.NUMBERS, *rules.OF_RECORDERS}
        return [one for one in rules.RATES if one.whole in known]

    @property
    def of_acts_only(self) -> bool:
        return bool(self.procedure or self.class_code)

    @cached_property
    def asked(self) -> Asked:
        within = self.scope
        if self.department:
            within = next(one.below for one in self.places if one.id == self.department)
        return Asked(
            self.period.first,
            self.period.last,
            within,
            self.officer,
            self.procedure,
            self.class_code,
            self.cut,
        )

    @cached_property
    def figures(self) -> Figures:
        return Figures((self.bureau,) if self.bureau else self.bureaus, self.asked, self.anew)

    # -- names

    @cached_property
    def bureau_names(self) -> dict[str, str]:
        listed = dict(ListedBureau.objects.values_list("code", "name")) if len(self.bureaus) > 1 else {}
        return {one: listed.get(one, one) for one in self.bureaus} | {ledgers.own(): bureau_name()}

    @cached_property
    def places(self) -> list[Place]:
        """Of the bureau that is looked at, as far as one may count it; each below the one above it."""
        if not self.bureau:
            return []
        if self._read is not None and self.bureau == ledgers.own():
            known = {one.id: one for one in self._read if one.is_own}  # type: ignore[attr-defined]
        else:
            with ledgers.of(self.bureau):
                own = Department.objects.filter(bureau__in=Bureau.objects.values("code"))
                known = {one.id: one for one in own.order_by("order", "name", "id")}
        parents = {one.id: one.parent for one in known.values()}
        seen = set(known) if self.scope is None else set(known) & self.scope
        return list(_tree(known, parents, seen, None, 0))

    @cached_property
    def listed(self) -> list[tuple[str, str, str, str]]:
        """Code and name of each procedure, its class and that one's name, as the version in force says."""
        with ledgers.of(self.bureau or self.bureaus[0]):
            return [
                (code, name, of, str(classes.get(of, of)))
                for code, name, of, classes in catalogue_options.listed()
            ]

    def names(self, people: set[UUID]) -> dict[str, str]:
        with ledgers.of(self.bureau):
            return names(people)

    # -- addresses

    def url(self, **changed: Any) -> str:
        """The same question with something else in it, as the part of an address behind `?`."""
        asked: dict[str, Any] = {
            "first": self.period.first,
            "last": self.period.last,
            "bureau": self.bureau if len(self.bureaus) > 1 else "",
            "department": self.department or "",
            "officer": self.officer or "",
            "class": self.class_code,
            "procedure": self.procedure,
            "cut": self._query.get("cut", "") and self.cut,
            "rate": self._query.get("rate", "") and self.rate.code,
            "from": ROWS if self.anew else "",
        }
        return urlencode({name: value for name, value in (asked | changed).items() if value})

    @property
    def recount(self) -> str:
        return self.url(**{"from": ROWS})

    @property
    def presets(self) -> list[tuple[str, str]]:
        now = today()
        month, week = rules.month_of(now), rules.bucket_of(now, "week")
        before = rules.month_of(date.fromordinal(month.first.toordinal() - 1))
        spans = [
            (_("this week"), week, now),
            (_("this month"), month.first, now),
            (_("last month"), before.first, before.last),
            (_("this year"), now.replace(month=1, day=1), now),
        ]
        return [(name, self.url(first=first, last=last)) for name, first, last in spans]


def _tree(
    known: dict[UUID, Department],
    parents: dict[UUID, UUID | None],
    seen: set[UUID],
    above: UUID | None,
    depth: int,
) -> list[Place]:
    found: list[Place] = []
    for one in known.values():
        parent = one.parent if one.parent in seen else None
        if one.id in seen and parent == above:
            found.append(Place(one.id, one.name, depth, organisation.below([one.id], parents)))
            found += _tree(known, parents, seen, one.id, depth + 1)
    return found
