"""Statistics as the page and the Excel file show them: every number with the address of its rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import now
from zhilu.server.numbers import minus
from zhilu.server.pages.services.statistics_asked import Place, Question
from zhilu.server.pages.templatetags.zhilu import beijing, said
from zhilu.server.statistics import rules
from zhilu.server.statistics.rules import Rate
from zhilu.server.statistics.services.figures import Basis, Sums, bases

MOST_OFFICERS = 100
NO_PLACE = "none"
_OF_RECORDINGS = {*rules.OF_RECORDINGS, "late"}
Numbers = Counter[str]


@dataclass(frozen=True)
class Rows:
    """What a line is of, as a list is asked for it; `bureau` empty: of several, no one list has it."""

    bureau: str
    asked: dict[str, Any] = field(default_factory=dict)

    def url(self, number: str) -> str:
        if not self.bureau:
            return ""
        if number in rules.OF_RECORDERS:
            used = "&used=yes" if number == "used" else ""
            return f"{_recorders_url()}?bureau={self.bureau}&{self._said}{used}"
        if number in rules.OF_TASKS:
            return f"{_tasks_url()}?{self._said}&counts={number}" if self.bureau == ledgers.own() else ""
        kind = "recordings" if number in _OF_RECORDINGS else "acts"
        return f"{list_url(self.bureau, kind)}?{self._said}&counts={number}"

    def outcome_url(self, kind: str) -> str:
        return (
            f"{list_url(self.bureau, 'acts')}?{self._said}&counts=acts&outcome={kind}" if self.bureau else ""
        )

    @cached_property
    def _said(self) -> str:
        return urlencode({name: value for name, value in self.asked.items() if value})


@cache
def _recorders_url() -> str:
    return reverse("statistics-recorders")


@cache
def _tasks_url() -> str:
    return reverse("due-tasks")


def list_url(bureau: str, kind: str) -> str:
    return _list_url(bureau, kind, bureau == ledgers.own())


@cache
def _list_url(bureau: str, kind: str, is_own: bool) -> str:
    return reverse(kind) if is_own else reverse(f"county-{kind}", args=[bureau])


@dataclass(frozen=True)
class Cell:
    """Of a rate: both numbers, and where their rows are."""

    rate: Rate
    share: rules.Share
    part_url: str
    whole_url: str

    @property
    def part(self) -> tuple[int, str]:
        return self.share.part, self.part_url

    @property
    def whole(self) -> tuple[int, str]:
        return self.share.whole, self.whole_url

    @property
    def percent(self) -> str:
        return percent(self.share.permille)


@dataclass(frozen=True)
class Line:
    """`url`: of the same page about it."""

    name: str
    numbers: Numbers
    rows: Rows
    rates: list[Rate]
    url: str = ""
    depth: int = 0
    key: Any = None

    def number(self, name: str) -> tuple[int, str]:
        return self.numbers[name], self.rows.url(name)

    @property
    def recordings(self) -> tuple[int, str]:
        return self.number("recordings")

    @property
    def acts(self) -> tuple[int, str]:
        return self.number("acts")

    @property
    def hours(self) -> str:
        return rules.shown_hours(self.numbers)

    @property
    def cells(self) -> list[Cell]:
        return [
            Cell(one, rules.share(one, self.numbers), self.rows.url(one.part), self.rows.url(one.whole))
            for one in self.rates
        ]

    def share(self, rate: Rate) -> rules.Share:
        return rules.share(rate, self.numbers)


def percent(permille: int | None) -> str:
    return "—" if permille is None else f"{permille // 10}.{permille % 10}\u00a0%"


@dataclass(frozen=True)
class Compared:
    """A unit beside those of like size; `points`: tenths of a percent above their rate together."""

    line: Line
    cell: Cell
    points: int | None

    @property
    def difference(self) -> str:
        return "—" if self.points is None else minus(f"{self.points / 10:+.1f}")


@dataclass(frozen=True)
class Band:
    name: str
    rate: str
    rows: list[Compared]


class Page:
    def __init__(self, question: Question) -> None:
        self.question = question
        self.figures = question.figures
        self.period = question.period
        base: dict[str, Any] = {"first": self.period.first, "last": self.period.last}
        asked: dict[str, Any] = {"department": question.department, "officer": question.officer}
        asked |= {"class": question.class_code, "procedure": question.procedure}
        self._asked = base | asked
        self._with_use = not question.of_acts_only

    @cached_property
    def bases(self) -> list[Basis]:
        return bases(self.figures)

    @cached_property
    def department(self) -> Place | None:
        question = self.question
        return next((one for one in question.places if one.id == question.department), None)

    @property
    def scope(self) -> str:
        """Of which bureau, department, officer, class and procedure the figures are."""
        question = self.question
        names = {code: name for code, name, _class, _named in question.listed}
        classes = {code: name for _code, _name, code, name in question.listed}
        code = question.procedure
        whose = [question.bureau] if question.bureau else question.bureaus
        parts = [
            _(", ").join(question.bureau_names[one] for one in whose),
            self.department.name if self.department else "",
            self.officer_name,
            classes.get(question.class_code, question.class_code),
            f"{code} {names.get(code, '')}".strip(),
        ]
        if question.scope is not None and not self.department:
            parts[1] = _(", ").join(one.name for one in question.places if not one.depth)
        return " · ".join(one for one in parts if one)

    @property
    def above(self) -> list[list[str]]:
        """What the figures of a file are of."""
        return [
            [_("period"), f"{self.period.first} — {self.period.last}"],
            [_("scope"), self.scope],
            [_("as of"), beijing(now())],
        ]

    @property
    def matched(self) -> list[tuple[str, datetime, int, int]]:
        """Of each ledger: its name, as of when and from how many entries its tasks are matched, and how many
        days are still to be judged.
        """
        return [
            (
                self.question.bureau_names[bureau],
                datetime.fromtimestamp(one.judged_as_of, UTC),
                one.judged_size,
                one.judged_days,
            )
            for bureau, one in self.figures.standings.items()
            if one.judged_as_of is not None
        ]

    @property
    def away(self) -> list[str]:
        return [self.question.bureau_names[one.bureau] for one in self.bases if one.is_away]

    @property
    def dated_back(self) -> list[str]:
        return [self.question.bureau_names[one] for one in ledgers.dated_back(self.figures.bureaus)]

    # -- the whole, and what it falls into

    @cached_property
    def _by_bureau(self) -> dict[str, Numbers]:
        found: dict[str, Numbers] = {one: Counter() for one in self.figures.bureaus}
        counted = self._by_department if self.question.bureau else self.figures.sums()
        for (bureau, *_place), numbers in counted.items():
            found[bureau].update(numbers)
        if self._with_use:
            for (bureau,), numbers in self.figures.use().items():
                found[bureau].update(numbers)
        return found

    @cached_property
    def whole(self) -> Line:
        numbers = rules.total(self._by_bureau.values())
        return self._line(_("All together"), numbers, Rows(self.question.bureau, self._asked))

    @cached_property
    def units(self) -> list[Line]:
        question = self.question
        if not question.bureau:
            return [
                self._line(
                    question.bureau_names[bureau],
                    numbers,
                    Rows(bureau, self._asked),
                    question.url(bureau=bureau),
                    key=bureau,
                )
                for bureau, numbers in self._by_bureau.items()
            ]
        return [] if question.officer else self._departments

    @cached_property
    def _by_department(self) -> Sums:
        return self.figures.sums("department")

    @cached_property
    def _departments(self) -> list[Line]:
        """Below the one that was chosen, or all; each with those below it."""
        question = self.question
        counted = {place: numbers for (_bureau, place), numbers in self._by_department.items()}
        issued = self.figures.issues.get(question.bureau, []) if self._with_use else []
        used = self.figures.used[question.bureau] if issued else set()
        found = []
        for place in question.places:
            if question.department and not self._is_below(place):
                continue
            numbers = rules.total(counted[one] for one in place.below if one in counted)
            mine = [one for one in issued if one.department in place.below]
            numbers.update(rules.use(rules.issued_in(mine, self.period), used))
            rows = Rows(question.bureau, self._asked | {"department": place.id})
            found.append(
                self._line(
                    place.name, numbers, rows, question.url(department=place.id), place.depth, place.id
                )
            )
        if None in counted and question.scope is None and not question.department:
            rows = Rows(question.bureau, self._asked | {"department": NO_PLACE})
            found.append(self._line(_("in no department"), counted[None], rows))
        return found

    def _is_below(self, place: Place) -> bool:
        chosen = self.question.department
        return place.id != chosen and place.id in self.question.asked.departments  # type: ignore[operator]

    @cached_property
    def officers(self) -> list[Line]:
        """Of the department that was chosen; an act counts for each of its officers."""
        question = self.question
        if not question.bureau or not (question.department or question.scope is not None):
            return []
        if question.officer or question.of_acts_only:
            return []
        counted = {officer: numbers for (_b, officer), numbers in self.figures.sums("officer").items()}
        for (_bureau, person), numbers in self.figures.use("person").items():
            counted.setdefault(person, Counter()).update(numbers)
        counted.pop(None, None)
        told = question.names(set(counted))
        lines = [
            self._line(
                told.get(str(one), str(one)[:8]),
                numbers,
                Rows(question.bureau, self._asked | {"officer": one}),
                question.url(officer=one),
                key=one,
            )
            for one, numbers in counted.items()
        ]
        return sorted(lines, key=lambda line: line.name)

    @cached_property
    def officer_name(self) -> str:
        one = self.question.officer
        return self.question.names({one}).get(str(one), str(one)[:8]) if one else ""

    @cached_property
    def procedures(self) -> list[tuple[Line, list[Line]]]:
        """By class, and in it by procedure: acts only."""
        question = self.question
        counted: dict[str, dict[str, Numbers]] = defaultdict(lambda: defaultdict(Counter))
        for (_bureau, code, procedure), numbers in self.figures.sums("class_code", "procedure").items():
            counted[code][procedure].update(numbers)
        names = {code: name for code, name, _class, _named in question.listed}
        classes = {code: name for _code, _name, code, name in question.listed}
        order = {code: place for place, (code, *_rest) in enumerate(question.listed)}
        found = []
        for code in sorted(
            counted, key=lambda one: (list(classes).index(one) if one in classes else 99, one)
        ):
            of_class = counted[code]
            lines = [
                self._of_acts(
                    f"{one} {names.get(one, '')}".strip(), of_class[one], **{"class": code, "procedure": one}
                )
                for one in sorted(of_class, key=lambda one: (order.get(one, 999), one))
            ]
            whole = rules.total(of_class.values())
            found.append((self._of_acts(classes.get(code, code or "—"), whole, **{"class": code}), lines))
        return found

    def _of_acts(self, name: str, numbers: Numbers, **asked: str) -> Line:
        rows = Rows(self.question.bureau, self._asked | asked)
        return Line(name, numbers, rows, self.act_rates, self.question.url(**asked))

    @property
    def act_rates(self) -> list[Rate]:
        return [one for one in rules.RATES if one.whole in (*rules.OF_ACTS, *rules.OF_TASKS)]

    @property
    def outcomes(self) -> list[tuple[str, int, str]]:
        return [
            (said(kind, "outcome"), self.whole.numbers[name], self.whole.rows.outcome_url(kind))
            for kind, name in rules.OUTCOME_NUMBERS.items()
        ]

    # -- in time, and beside others

    @cached_property
    def trend(self) -> list[Line]:
        cut = self.question.cut
        counted: dict[date, Numbers] = defaultdict(Counter)
        for (_bureau, day), numbers in self.figures.sums("day").items():
            counted[rules.bucket_of(day, cut)].update(numbers)
        use = self.figures.use_in() if self._with_use else {}
        found = []
        for part in rules.buckets(self.period.first, self.period.last, cut):
            numbers = counted[rules.bucket_of(part.first, cut)]
            numbers.update(use.get(part.first, Counter()))
            days = {"first": part.first, "last": part.last}
            name = str(part.first) if part.first == part.last else f"{part.first} — {part.last}"
            rows = Rows(self.question.bureau, self._asked | days)
            found.append(self._line(name, numbers, rows, self.question.url(**days)))
        return found

    @cached_property
    def bands(self) -> list[Band]:
        """Units of like size beside each other; of the first level that has more than one."""
        rate = self.question.rate
        depths = Counter(line.depth for line in self.units if line.key)
        level = next((depth for depth in sorted(depths) if depths[depth] > 1), None)
        if level is None or not self._with_use:
            return []
        bands: dict[int, list[Line]] = defaultdict(list)
        for line in self.units:
            if line.key and line.depth == level:
                bands[rules.band(line.numbers["issued"])].append(line)
        return [self._band(number, bands[number], rate) for number in sorted(bands, reverse=True)]

    def _band(self, number: int, lines: Iterable[Line], rate: Rate) -> Band:
        lines = list(lines)
        all_ = rules.share(rate, rules.total(line.numbers for line in lines)).permille
        rows = []
        for line in lines:
            mine = line.share(rate).permille
            cell = Cell(rate, line.share(rate), line.rows.url(rate.part), line.rows.url(rate.whole))
            points = None if mine is None or all_ is None or len(lines) == 1 else mine - all_
            rows.append(Compared(line, cell, points))
        rows.sort(key=lambda one: -(one.cell.share.permille or -1))
        least, most = rules.band_ends(number)
        if number == 0:
            name = _("no recorder issued")
        elif most is None:
            name = _("%(least)s recorders and more") % {"least": least}
        else:
            name = _("%(least)s to %(most)s recorders") % {"least": least, "most": most}
        return Band(name, percent(all_), rows)

    def _line(
        self,
        name: str,
        numbers: Numbers,
        rows: Rows,
        url: str = "",
        depth: int = 0,
        key: UUID | str | None = None,
    ) -> Line:
        return Line(name, numbers, rows, self.question.rates, url, depth, key)
