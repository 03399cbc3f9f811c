"""What came of recorded enforcement in a period: how many of each, per bureau, and the acts with their
recordings (domain: results). Numbers are those of the statistics (spec/statistics.md §1).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _

from zhilu.server.evidence.models import ActSpan, Outcome
from zhilu.server.evidence.rules_links import OUTCOMES
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services import acts, lists
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.services.recordings import visible
from zhilu.server.pages.services.rights import rights
from zhilu.server.pages.services.statistics_asked import Place, Question
from zhilu.server.pages.services.statistics_page import Page, Rows
from zhilu.server.pages.templatetags.zhilu import beijing, said
from zhilu.server.statistics import rules

Numbers = Counter[str]


class Period(Question):
    """What the page is asked for; of this year where nothing is asked, in its first days of the last one.
    Of a place and a kind: no officer, class or procedure.
    """

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.officer, self.class_code, self.procedure = None, "", ""

    def _period(self) -> rules.Bucket:
        if not self._query.get("first") and not self._query.get("last"):
            now = today()
            return _year(lists.usual_month(now).year, now)
        found = super()._period()
        return found if self._query.get("first") else _year(found.last.year, found.last)

    @property
    def kind(self) -> str:
        said = self._query.get("kind", "")
        return said if said in OUTCOMES else ""

    @property
    def presets(self) -> list[tuple[str, str]]:
        """Also half years and the last year: they are what a bureau reports of."""
        now = today()
        before = _year(now.year - 1, now)
        half = now.replace(month=1 if now.month < 7 else 7, day=1)
        return [
            *super().presets[1:3],
            (_("this half year"), self.url(first=half, last=now)),
            *super().presets[3:],
            (_("last year"), self.url(first=before.first, last=before.last)),
        ]


def _year(year: int, until: date) -> rules.Bucket:
    return rules.Bucket(date(year, 1, 1), min(date(year, 12, 31), until))


@dataclass(frozen=True)
class Figure:
    """A number and its rows; `kind` of an outcome, empty of acts."""

    name: str
    count: int
    url: str
    kind: str = ""


@dataclass(frozen=True)
class Unit:
    """A line of the table by bureau, or by department."""

    name: str
    acts: tuple[int, str]
    counts: list[tuple[int, str]]
    fen: int
    url: str
    depth: int = 0


@dataclass(frozen=True)
class Came:
    """An outcome with its act, and the recordings that the act names: when each began, and its address."""

    outcome: Outcome
    row: acts.Row
    recordings: list[tuple[str, str]]


class _Reader(Asker):
    """Who knows the departments already, by the question."""

    def __init__(
        self, request: HttpRequest, places: list[Place], bureau: str = "", mine: Rights | None = None
    ) -> None:
        super().__init__(request, bureau, mine)
        self._places = {one.id: one.name for one in places}

    def place(self, department: UUID | None) -> str:
        return self._places.get(department, "") if department else ""


class Results:
    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.asked = Period(request)
        base: dict[str, Any] = {"first": self.asked.period.first, "last": self.asked.period.last}
        self._base = base | {"department": self.asked.department}

    # -- numbers

    @cached_property
    def _counted(self) -> dict[tuple[Any, ...], Numbers]:
        """By bureau, department and class; in one question."""
        return self.asked.figures.sums("department", "class_code")

    @cached_property
    def _by_place(self) -> dict[tuple[str, Any], Numbers]:
        found: dict[tuple[str, Any], Numbers] = defaultdict(Counter)
        for (bureau, place, _class), numbers in self._counted.items():
            found[bureau, place].update(numbers)
        return found

    @cached_property
    def whole(self) -> Numbers:
        return rules.total(self._counted.values())

    @property
    def _rows(self) -> Rows:
        return Rows(self.asked.bureau, self._base)

    @cached_property
    def classes(self) -> list[Figure]:
        """Recorded acts by class: visits, interviews, and what else the catalogue distinguishes."""
        counted: Numbers = Counter()
        for (_bureau, _place, code), numbers in self._counted.items():
            counted[code] += numbers["acts"]
        names = {code: name for _code, _name, code, name in self.asked.listed}
        return [
            Figure(
                names.get(code, code or "—"),
                counted[code],
                Rows(self.asked.bureau, self._base | {"class": code}).url("acts"),
            )
            for code in [*names, *sorted(set(counted) - set(names))]
        ]

    @cached_property
    def kinds(self) -> list[Figure]:
        return [
            Figure(said(kind, "outcome"), self.whole[name], self.asked.url(kind=kind) + "#came", kind)
            for kind, name in rules.OUTCOME_NUMBERS.items()
        ]

    @cached_property
    def units(self) -> list[Unit]:
        """By bureau where there are several, else by department with those below it."""
        asked = self.asked
        if not asked.bureau:
            by_bureau: dict[str, Numbers] = defaultdict(Counter)
            for (bureau, _place), numbers in self._by_place.items():
                by_bureau[bureau].update(numbers)
            return [
                self._unit(name, by_bureau[code], Rows(code, self._base), asked.url(bureau=code))
                for code, name in asked.bureau_names.items()
            ]
        counted = {place: numbers for (_bureau, place), numbers in self._by_place.items()}
        found = []
        for place in asked.places:
            if asked.department and place.id not in (asked.asked.departments or ()):
                continue
            numbers = rules.total(counted[one] for one in place.below if one in counted)
            rows = Rows(asked.bureau, self._base | {"department": place.id})
            found.append(self._unit(place.name, numbers, rows, asked.url(department=place.id), place.depth))
        return found

    def _unit(self, name: str, numbers: Numbers, rows: Rows, url: str, depth: int = 0) -> Unit:
        counts = [(numbers[number], rows.outcome_url(kind)) for kind, number in rules.OUTCOME_NUMBERS.items()]
        return Unit(name, (numbers["acts"], rows.url("acts")), counts, numbers["fen"], url, depth)

    # -- the outcomes themselves

    @cached_property
    def above(self) -> list[list[str]]:
        """What a file is of; before it goes into the ledger of the bureau."""
        kind = self.asked.kind
        return [*Page(self.asked).above, *([[_("Outcome"), said(kind, "outcome")]] if kind else [])]

    def found(self) -> QuerySet[Outcome]:
        """Inside the ledger of the bureau: newest act first."""
        asked = self.asked.asked
        live = Outcome.objects.filter(
            asked.within("act__department"), asked.on_days("act__opened_at"), gone_at=None
        )
        live = live.filter(kind=self.asked.kind) if self.asked.kind else live
        return live.select_related("act").order_by("-act__opened_at", "-act__id", "id")

    @cached_property
    def count(self) -> int:
        """Of what `found` finds, by the numbers."""
        return self.whole[rules.OUTCOME_NUMBERS[self.asked.kind] if self.asked.kind else "outcomes"]

    @cached_property
    def asker(self) -> Asker:
        """Of a county at its city: whoever reads the whole bureau there reads its counties."""
        one, mine = self.asked, rights(self._request)
        if not one.bureau or one.bureau == one.bureaus[0]:
            return _Reader(self._request, one.places)
        return _Reader(self._request, one.places, one.bureau, Rights(mine.person, {"viewer": None}))

    def told(self, found: Sequence[Outcome]) -> list[Came]:
        """Inside the ledger of the bureau."""
        rows = {
            row.act.id: row
            for row in acts.rows(list({one.act_id: one.act for one in found}.values()), self.asker)
        }
        named: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
        seen = visible(self.asker.rights).filter(id=OuterRef("recording")).values("opened_at")
        spans = ActSpan.objects.filter(act__in=rows).annotate(opened=Subquery(seen[:1])).order_by("id")
        for act, recording, opened in dict.fromkeys(spans.values_list("act", "recording", "opened")):
            if opened is not None:
                named[act].append((beijing(opened), self.asker.url("recording", recording)))
        return [Came(one, rows[one.act_id], named[one.act_id]) for one in found]
