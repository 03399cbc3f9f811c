"""What the pages say of what arrived and what did not: a month as days, a day as recorders (spec/absence.md).

Summed are the days and holes of the own database, in a few questions whatever the month. A recorder's day is
seen by whoever sees the recorder; those of a county by whoever reads the whole bureau at its city.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.equipment.rules_logbooks import AHEAD
from zhilu.server.equipment.services.keeping import KEEPER
from zhilu.server.equipment.services.register import SEE_ALL
from zhilu.server.evidence.models import Recording
from zhilu.server.federation.models import Cosigned, Joined, Watch
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import day_of, now, today
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.services import people
from zhilu.server.organisation.services.rights import READS_TEXT, Rights
from zhilu.server.oversight import rules
from zhilu.server.oversight.models import Day, Hole, Named, Reach, Reconciled
from zhilu.server.pages.services import lists
from zhilu.server.pages.services.rights import rights
from zhilu.server.pages.templatetags.zhilu import said

MOST_RECORDERS = 60
"""Rows of a month's map; the day's page has them all."""
MOST_UNKNOWN = 10_000
NUMBERS = ("captured", "collected", "stored", "captured_s")


def visible(rights: Rights) -> Q:
    if rights.roles & SEE_ALL:
        return Q()
    mine = Q(bureau=ledgers.own()) & rights.within(*READS_TEXT, KEEPER)
    return mine if sees_part(rights) else mine | ~Q(bureau=ledgers.own())


def sees_part(rights: Rights) -> bool:
    """Some departments only."""
    return not rights.roles & SEE_ALL and rights.scope_of(*READS_TEXT, KEEPER) is not None


def under_way(at: datetime) -> Q:
    return Q(due_at__isnull=False, due_at__gt=at, due_at__lte=at + rules.LATEST)


def open_holes(at: datetime) -> Q:
    return Q(kind__in=rules.HOLES) & ~under_way(at)


def bureau_names() -> dict[str, str]:
    """Of each ledger that is counted here, the own first."""
    return people.bureau_names(*ledgers.bureaus())


class Names:
    """What departments and stations of these bureaus are called."""

    def __init__(self, *bureaus: str) -> None:
        rows = Named.objects.filter(bureau__in=bureaus).values_list("bureau", "key", "name")
        self._names = {(bureau, key): name for bureau, key, name in rows}

    def place(self, one: Day | Hole | Reach) -> str:
        """Of its department."""
        return self.of(one.bureau, one.department)

    def of(self, bureau: str, department: UUID | None) -> str:
        return self._names.get((bureau, str(department)), "")

    def station(self, one: Hole | Reach) -> str:
        return self._names.get((one.bureau, one.station), one.station[:12])


@dataclass
class Sum_:
    """Of a day, a recorder, a bureau, or several."""

    captured: int = 0
    collected: int = 0
    stored: int = 0
    captured_s: int = 0
    holes: int = 0
    under_way: int = 0
    notes: int = 0
    unknown: int = 0

    def add(self, other: Sum_) -> None:
        self.captured += other.captured
        self.collected += other.collected
        self.stored += other.stored
        self.captured_s += other.captured_s
        self.holes += other.holes
        self.under_way += other.under_way
        self.notes += other.notes

    @property
    def state(self) -> str:
        return rules.state(self.captured, self.stored, self.holes, self.under_way, self.notes, self.unknown)

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=self.captured_s)


class Sums:
    """Of these days and recorders, each by itself: `by` are columns that tell them apart."""

    def __init__(self, shown: Q, *by: str) -> None:
        at, count = now(), len(by)
        self.found: dict[tuple[Any, ...], Sum_] = {}
        for row in Day.objects.filter(shown).values_list(*by, *NUMBERS).order_by().iterator(5000):
            self.found[row[:count]] = Sum_(*row[count:])
        holes: QuerySet[Any] = Hole.objects.filter(shown).values(*by)
        counted = holes.annotate(
            holes=Count("id", filter=open_holes(at)),
            under_way=Count("id", filter=under_way(at)),
            notes=Count("id", filter=Q(kind__in=rules.NOTES)),
        )
        for row in counted.order_by():
            one = self.found.setdefault(tuple(row[name] for name in by), Sum_())
            one.holes, one.under_way, one.notes = row["holes"], row["under_way"], row["notes"]


# -- a month


@dataclass(frozen=True)
class Month:
    first: date

    @classmethod
    def read(cls, text: str) -> Month:
        """`2026-11`; the usual one where that is none."""
        first = lists.day(f"{text}-01")
        return cls(first if first and first.year <= 2100 else lists.usual_month(today()))

    @property
    def days(self) -> list[date]:
        after = (self.first + timedelta(days=32)).replace(day=1)
        return [self.first + timedelta(days=n) for n in range((after - self.first).days)]

    @property
    def before(self) -> str:
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        """ "" where that has not begun."""
        after = self.days[-1] + timedelta(days=1)
        return f"{after:%Y-%m}" if after <= today() else ""

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True)
class Cell:
    """A day in a map: short in the cell, whole in words beside it."""

    day: date
    state: str
    text: str
    says: str
    url: str


@dataclass
class Line:
    """A bureau or a recorder in a map."""

    name: str
    url: str
    total: Sum_ = field(default_factory=Sum_)
    cells: list[Cell | None] = field(default_factory=list)
    size: int | None = None
    at: datetime | None = None
    federation: str = ""


class MonthMap:
    """`is_before`: asked for no month, and this one has just begun: it is the month before. `is_part`: of
    some departments only."""

    def __init__(self, request: HttpRequest) -> None:
        self.month = Month.read(request.GET.get("month", ""))
        self.is_before = "month" not in request.GET and bool(self.month.after)
        self.names = bureau_names()
        self.shown = visible(rights(request))
        self.is_part = sees_part(rights(request))
        said_ = request.GET.get("bureau", "")
        self.bureau = (
            said_ if said_ in self.names else (next(iter(self.names)) if len(self.names) == 1 else "")
        )
        rows = Reach.objects.filter(self.shown, bureau__in=self.names).order_by("serial")
        self.reach = list(rows)
        month = Q(day__range=(self.month.days[0], self.month.days[-1]), bureau__in=self.names)
        self.sums = Sums(self.shown & month, "bureau", "recorder", "day").found

    @property
    def this_month(self) -> str:
        return f"month={self.month.after}&bureau={self.bureau}"

    def bureaus(self) -> list[Line]:
        known = {one.bureau: one for one in Reconciled.objects.all()}
        watches, at = Watch.objects.in_bulk(list(self.names)) if len(self.names) > 1 else {}, now()
        lines = []
        for code, name in self.names.items():
            line = Line(name, f"?month={self.month}&bureau={code}")
            line.federation = watches[code].shown(at)[0] if code in watches else ""
            lines.append(line)
            mine = [one for one in self.reach if one.bureau == code]
            if not mine and code not in known:
                line.cells = [None] * len(self.month.days)
                continue
            days: dict[date, Sum_] = {}
            for (bureau, _recorder, day), one in self.sums.items():
                if bureau == code:
                    days.setdefault(day, Sum_()).add(one)
            self._fill(line, days, mine, day_urls(code, self.month.days))
            if code in known:
                line.size, line.at = known[code].size, known[code].at
        return lines

    def recorders(self) -> tuple[list[Line], int]:
        """Of the bureau that was asked for: those with holes first; how many are not shown."""
        mine = [one for one in self.reach if one.bureau == self.bureau]
        by: dict[str, dict[date, Sum_]] = {one.recorder: {} for one in mine}
        for (bureau, recorder, day), one in self.sums.items():
            if bureau == self.bureau and recorder in by:
                by[recorder][day] = one
        urls = day_urls(self.bureau, self.month.days)
        worst = sorted(mine, key=lambda one: (-_holes(by[one.recorder]), not one.live))
        lines = []
        for reach in worst[:MOST_RECORDERS]:
            line = Line(reach.serial, recorder_url(reach.bureau, reach.recorder))
            self._fill(line, by[reach.recorder], [reach], urls)
            lines.append(line)
        return lines, max(0, len(worst) - MOST_RECORDERS)

    def _fill(
        self, line: Line, days: Mapping[date, Sum_], reach: Sequence[Reach], urls: Mapping[date, str]
    ) -> None:
        last = today()
        unknown = unknown_days(self.month.days, reach)
        for day in self.month.days:
            if day > last:
                line.cells.append(None)
                continue
            one = days.get(day, Sum_())
            one.unknown = unknown[day]
            line.total.add(one)
            line.cells.append(Cell(day, one.state, in_short(one), in_words(day, one), urls[day]))


def _holes(days: Mapping[date, Sum_]) -> int:
    return sum(one.holes for one in days.values())


def unknown_days(days: Sequence[date], reach: Sequence[Reach]) -> dict[date, int]:
    """How many recorders that should be docking are not known to the end of each day: all days from the one
    of a recorder's last line on, or from its enrolment where it has told none."""
    live = (one for one in reach if one.live)
    starts = Counter(day_of(max(one.known_until or one.enrolled_at, one.enrolled_at)) for one in live)
    return {day: sum(count for start, count in starts.items() if start <= day) for day in days}


def in_short(one: Sum_) -> str:
    match one.state:
        case rules.HOLE:
            return f"−{one.holes}"
        case rules.UNDER_WAY:
            return f"{one.stored}…"
        case rules.UNKNOWN:
            return f"{one.stored or ''}?"
        case rules.NOTE:
            return f"{one.stored}*"
        case rules.NOTHING:
            return "·"
    return str(one.stored)


def in_words(day: date, one: Sum_) -> str:
    text = _("%(day)s: %(state)s. Captured %(captured)s, handed over %(collected)s, stored %(stored)s") % {
        "day": day.isoformat(),
        "state": said(one.state, "absence-day"),
        "captured": one.captured,
        "collected": one.collected,
        "stored": one.stored,
    }
    parts = [
        (one.holes, _("missing %(count)s")),
        (one.under_way, _("under way %(count)s")),
        (one.notes, _("notes %(count)s")),
        (one.unknown, _("recorders not known yet %(count)s")),
    ]
    return ", ".join([text, *(words % {"count": count} for count, words in parts if count)])


def day_url(bureau: str, day: date) -> str:
    return f"{reverse('absence-day')}?bureau={bureau}&day={day.isoformat()}"


def day_urls(bureau: str, days: Sequence[date]) -> dict[date, str]:
    return {day: day_url(bureau, day) for day in days}


def recorder_url(bureau: str, recorder: str) -> str:
    """The recorder's own page, where it is this bureau's; of another's, what is missing of it."""
    if bureau == ledgers.own():
        return reverse("recorder", args=[recorder])
    return f"{reverse('absence-holes')}?recorder={recorder}"


# -- a day


@dataclass
class RecorderDay:
    serial: str
    place: str
    url: str
    holes_url: str
    sum: Sum_
    reach: Reach | None
    unknown_above: int = 0

    @property
    def known_above(self) -> int:
        return self.sum.stored - self.unknown_above


class DayPage:
    def __init__(self, request: HttpRequest, day: date) -> None:
        self.names = bureau_names()
        said_ = request.GET.get("bureau", "")
        self.bureau = said_ if said_ in self.names else next(iter(self.names))
        self.name, self.day = self.names[self.bureau], day
        self.shown = visible(rights(request)) & Q(bureau=self.bureau)
        self.above = Above() if self.bureau == ledgers.own() else None
        self.called = Names(self.bureau)

    @property
    def before(self) -> str:
        return day_url(self.bureau, self.day - timedelta(days=1))

    @property
    def after(self) -> str:
        """ "" where that has not begun."""
        return day_url(self.bureau, self.day + timedelta(days=1)) if self.day < today() else ""

    def rows(self) -> list[RecorderDay]:
        sums = Sums(self.shown & Q(day=self.day), "recorder", "serial", "department").found
        reach = {one.recorder: one for one in Reach.objects.filter(self.shown)}
        found: dict[str, RecorderDay] = {}
        for (recorder, serial, department), one in sums.items():
            place = self.called.of(self.bureau, department)
            found[recorder] = self._row(recorder, serial, place, one, reach.get(recorder))
        for recorder, known in reach.items():
            unknown = unknown_days([self.day], [known])[self.day]
            if unknown and recorder not in found and self.day <= today():
                found[recorder] = self._row(recorder, known.serial, self.called.place(known), Sum_(), known)
            if recorder in found:
                found[recorder].sum.unknown = unknown
        for recorder, count in (self.above.of(self.day) if self.above else {}).items():
            if recorder in found:
                found[recorder].unknown_above = count
        rank = {state: place for place, state in enumerate(reversed(rules.STATES))}
        return sorted(found.values(), key=lambda row: (rank[row.sum.state], row.serial))

    def _row(self, recorder: str, serial: str, place: str, one: Sum_, reach: Reach | None) -> RecorderDay:
        holes = f"{reverse('absence-holes')}?recorder={recorder}&first={self.day}&last={self.day}"
        return RecorderDay(serial, place, recorder_url(self.bureau, recorder), holes, one, reach)


class Above:
    """Of a county: what its city does not hold for certain yet. `city` is empty where it has joined none;
    `many`: more than are counted."""

    def __init__(self) -> None:
        newest = Cosigned.objects.filter(bureau=OuterRef("bureau")).order_by("-size").values("size")[:1]
        found = (
            Joined.objects.filter(tier="city").annotate(held=Subquery(newest)).values_list("bureau", "held")
        )
        self.city, held = found.first() or ("", None)
        self._ids: list[str] = []
        if self.city:
            rows = Entry.objects.filter(index__gte=held or 0, kind="recording-stored/1")
            subjects = rows.order_by("-index").values_list("subject", flat=True)
            self._ids = list(subjects[: MOST_UNKNOWN + 1])

    @property
    def count(self) -> int:
        return len(self._ids)

    @property
    def many(self) -> bool:
        return len(self._ids) > MOST_UNKNOWN

    def of(self, day: date) -> Mapping[str, int]:
        """By recorder."""
        if self.many or not self._ids:
            return {}
        stored = Recording.objects.filter(id__in=[UUID(one) for one in self._ids])
        found: dict[str, int] = {}
        for recorder, opened_at in stored.values_list("recorder", "opened_at"):
            if day_of(opened_at) == day:
                found[recorder] = found.get(recorder, 0) + 1
        return found


# -- recorders


def longest_undocked(rows: QuerySet[Reach], at: datetime) -> QuerySet[Reach]:
    """First those that an entry dated ahead says to have docked: nobody knows when they did."""
    ahead = Case(When(docked_at__gt=at + AHEAD, then=0), default=1)
    return rows.order_by(ahead, "docked_at", "id")


def days_since(one: Reach, at: datetime) -> int | None:
    return (at - one.docked_at).days if one.docked_at <= at + AHEAD else None


def is_overdue(one: Reach, at: datetime, days: int) -> bool:
    return one.live and not at - timedelta(days=days) <= one.docked_at <= at + AHEAD
