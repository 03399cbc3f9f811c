"""Rules of assessment (pure; spec/assessment.md). Points are whole tenths of a point: nothing is rounded
but a mean, half up.

- Of a person: base, less what was decided against him, plus what a record was good for; each by its price, up
  to a most a month, and together between the scheme's least and most. Only what a person decided counts.
- Each ground belongs to the department in which the person was on its day. In a department somebody has base,
  less and plus what belongs there; its points are the mean over its people, weighed by their days there and
  the weight of their rank. A bureau's are the mean of its departments, weighed by their kind.
- A month is published when it is over; it is corrected only after an objection or an appeal.
- Units are ranked among those of like size, three at least.

No rule here knows a table or today.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from zhilu.encoding import as_uuid
from zhilu.server.assessment.scheme import CONDUCT, LATE, LATE_LONG, Scheme
from zhilu.server.numbers import minus
from zhilu.server.statistics.rules import band

FINDING, REVIEW, OUTCOME = "finding", "review", "outcome"
LONG_S = 48 * 3600
"""A recording that was collected so long after its deadline was over 72 hours."""
LEAST_UNITS = 3
MOST_ITEMS = 2000
"""Of one line: by then nothing is left of any base."""
OBJECT_DAYS = 5
"""Workdays after a publication in which its persons may object."""
UPHELD, REFUSED = "upheld", "refused"
FIRST, OBJECTION, APPEAL = "first", "objection", "appeal"
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Stay:
    """Somebody's `days` of the month at a post, from `first` on."""

    person: UUID
    department: UUID
    rank: str
    first: date
    days: int

    def has(self, day: date) -> bool:
        return self.first <= day < self.first + timedelta(days=self.days)


@dataclass(frozen=True)
class Ground:
    """What a person decided, or a record was good for. `code`: of the rule, the item of a checklist, the kind
    of outcome; `ref`: the finding, review or outcome.
    """

    kind: str
    code: str
    ref: str
    day: date
    person: UUID
    department: UUID | None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.ref, self.code


@dataclass(frozen=True)
class Item:
    """A ground with its price in tenths, less than 0 where it takes; 0 where nothing was left to take."""

    kind: str
    code: str
    ref: str
    day: date
    department: UUID
    tenths: int


@dataclass(frozen=True)
class Line:
    """Of one person. `department`: where he was longest, the last of equals."""

    person: UUID
    department: UUID
    tenths: int
    deducted: int
    credited: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Unit:
    """`tenths` is None where nobody in it weighs anything."""

    department: UUID
    tenths: int | None
    persons: int
    days: int


@dataclass(frozen=True)
class Result:
    """Of one bureau and month; lines by person, units by department."""

    lines: tuple[Line, ...]
    units: tuple[Unit, ...]
    tenths: int | None

    @property
    def persons(self) -> int:
        return len(self.lines)


def assess(
    scheme: Scheme, stays: Iterable[Stay], grounds: Iterable[Ground], kinds: Mapping[UUID, str]
) -> Result:
    """`kinds`: of departments. Who was at no post counts nowhere, whatever there is of him."""
    by_person: dict[UUID, list[Stay]] = defaultdict(list)
    for stay in stays:
        by_person[stay.person].append(stay)
    of_person: dict[UUID, list[Ground]] = defaultdict(list)
    for ground in grounds:
        of_person[ground.person].append(ground)
    lines = [_line(scheme, by_person[one], of_person.get(one, ())) for one in sorted(by_person)]
    units = _units(scheme, lines, by_person)
    weighed = [(one.tenths, scheme.kinds.get(kinds.get(one.department, ""), 1)) for one in units]
    return Result(tuple(lines), tuple(units), mean((value, weight) for value, weight in weighed))


def _line(scheme: Scheme, stays: Sequence[Stay], grounds: Iterable[Ground]) -> Line:
    here = _longest(stays)
    items = tuple(_items(scheme, stays, here, grounds))
    deducted = -sum(one.tenths for one in items if one.tenths < 0)
    credited = sum(one.tenths for one in items if one.tenths > 0)
    tenths = scheme.bounded(scheme.base - deducted + credited)
    return Line(stays[0].person, here, tenths, deducted, credited, items)


def _longest(stays: Sequence[Stay]) -> UUID:
    days: Counter[UUID] = Counter()
    last: dict[UUID, date] = {}
    for one in stays:
        days[one.department] += one.days
        last[one.department] = max(last.get(one.department, one.first), one.first)
    return max(days, key=lambda one: (days[one], last[one], one))


def _items(scheme: Scheme, stays: Sequence[Stay], here: UUID, grounds: Iterable[Ground]) -> Iterable[Item]:
    """In the order of their days: so a most a month takes in the earlier ones. Each ground counts once."""
    used: Counter[str] = Counter()
    counted = 0
    once = {one.key: one for one in grounds}
    for one in sorted(once.values(), key=lambda one: (one.day, *one.key)):
        code = CONDUCT if one.kind == REVIEW else one.code
        price, most = scheme.price(one.kind == OUTCOME, code, one.code)
        taken = min(price, max(0, most - used[code])) if counted < MOST_ITEMS else 0
        used[code] += taken
        counted += bool(taken)
        if price:
            sign = 1 if one.kind == OUTCOME else -1
            yield Item(one.kind, one.code, one.ref, one.day, _place(one, stays, here), sign * taken)


def _place(ground: Ground, stays: Sequence[Stay], here: UUID) -> UUID:
    """The department of the post on that day; else the one that it names, if he was there this month."""
    then = [one for one in stays if one.has(ground.day)]
    if then:
        return max(then, key=lambda one: (one.first, one.department)).department
    return ground.department if ground.department in {one.department for one in stays} else here


def _units(scheme: Scheme, lines: Iterable[Line], by_person: Mapping[UUID, Sequence[Stay]]) -> list[Unit]:
    weighed: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
    days: Counter[UUID] = Counter()
    for line in lines:
        sums: Counter[UUID] = Counter()
        for item in line.items:
            sums[item.department] += item.tenths
        weights: Counter[UUID] = Counter()
        for stay in by_person[line.person]:
            weights[stay.department] += stay.days * scheme.ranks.get(stay.rank, 1)
            days[stay.department] += stay.days
        for department, weight in weights.items():
            weighed[department].append((scheme.bounded(scheme.base + sums[department]), weight))
    return [Unit(one, mean(weighed[one]), len(weighed[one]), days[one]) for one in sorted(weighed)]


def mean(weighed: Iterable[tuple[int | None, int]]) -> int | None:
    """Rounded half up; None where nothing weighs anything."""
    known = [(value, weight) for value, weight in weighed if value is not None]
    weight = sum(weight for _value, weight in known)
    return (2 * sum(value * one for value, one in known) + weight) // (2 * weight) if weight else None


def long_late(places: Iterable[Sequence[int]]) -> bool:
    """Of a finding `late`, whose places are [[deadline, collected]] in seconds."""
    return any(collected - due > LONG_S for due, collected in places)


def code_of(rule: str, places: Iterable[Sequence[int]]) -> str:
    return LATE_LONG if rule == LATE and long_late(places) else rule


# -- months


def month_of(said: str) -> date | None:
    """`2026-03` → its first day."""
    try:
        found = date.fromisoformat(f"{said}-01")
    except ValueError:
        return None
    return found if len(said) == 7 and 2000 <= found.year <= 2999 else None


def said(month: date) -> str:
    return f"{month:%Y-%m}"


def begin(day: date) -> date:
    return day.replace(day=1)


def after(month: date) -> date:
    """The first day of the next one."""
    return begin(month + timedelta(days=31))


def last_day(month: date) -> date:
    return after(month) - timedelta(days=1)


def stay_in(month: date, person: UUID, department: UUID, rank: str, since: date, until: date | None) -> Stay:
    """Of a post, `until` the first day no longer; of no days where it lies outside."""
    first = max(since, month)
    days = (min(until or after(month), after(month)) - first).days
    return Stay(person, department, rank, first, max(0, days))


def counts_in(
    month: date, day: date, settled: datetime, settled_on: date, published: Mapping[date, datetime]
) -> bool:
    """Whether what is of `day`, and was settled at a time (in Beijing on `settled_on`), counts in this month:
    in its own, unless that was published before; then in that in which it was settled. `published`: month →
    when it was first.
    """
    own = begin(day)
    known = published.get(own)
    return month == (own if known is None or settled <= known else begin(settled_on))


# -- beside others


def places_among(units: Iterable[tuple[K, Hashable, int | None]]) -> dict[K, tuple[int, int]]:
    """Of (unit, what it is comparable by, tenths): its place and among how many; equals share a place. Fewer
    than three are no ranking.
    """
    groups: dict[Hashable, list[tuple[K, int]]] = defaultdict(list)
    for key, group, tenths in units:
        if tenths is not None:
            groups[group].append((key, tenths))
    found: dict[K, tuple[int, int]] = {}
    for group_units in groups.values():
        if len(group_units) < LEAST_UNITS:
            continue
        order = sorted(-tenths for _key, tenths in group_units)
        for key, tenths in group_units:
            found[key] = bisect_right(order, -tenths - 1) + 1, len(order)
    return found


def size_band(persons: int) -> int:
    return band(persons)


# -- what is published, as its entry says it


def to_json(line: Line) -> list[Any]:
    """What takes or adds nothing is left out."""
    items = [
        [one.kind, one.code, one.ref, one.day.isoformat(), str(one.department), one.tenths]
        for one in line.items
        if one.tenths
    ]
    return [str(line.person), str(line.department), line.tenths, line.deducted, line.credited, items]


def units_json(result: Result) -> list[Any]:
    return [[str(one.department), one.tenths, one.persons, one.days] for one in result.units]


def difference(stated: Sequence[Any], computed: Sequence[Any]) -> str:
    """The first of which they say something else: its id; empty where they are the same."""
    mine, theirs = ({str(one[0]): one for one in rows} for rows in (stated, computed))
    if len(mine) != len(stated):
        return "twice"
    return next((one for one in sorted(mine.keys() | theirs) if mine.get(one) != theirs.get(one)), "")


def shown(tenths: int | None) -> str:
    """97.5; a dash where there are none."""
    return "—" if tenths is None else minus(f"{tenths / 10:.1f}")


def signed(tenths: int) -> str:
    """+1.5; 0.0 where nothing changes."""
    return f"+{shown(tenths)}" if tenths > 0 else shown(tenths)


def known_items(items: Iterable[Sequence[Any]]) -> set[tuple[str, str, str]]:
    """Keys (kind, ref, code) of a published line's items."""
    return {(str(kind), str(ref), str(code)) for kind, code, ref, *_rest in items}


MOST_TENTHS = 10**6


def is_sound(units: Sequence[Any], lines: Sequence[Any]) -> bool:
    """Whether parts of an entry are formed as demanded: a county's ledger says what it likes."""
    return all(map(_is_unit, units)) and all(map(_is_line, lines))


def _is_unit(said: Any) -> bool:
    return (
        isinstance(said, list)
        and len(said) == 4
        and _is_id(said[0])
        and (said[1] is None or _is_figure(said[1]))
        and all(_is_figure(one) and one >= 0 for one in said[2:])
    )


def _is_line(said: Any) -> bool:
    return (
        isinstance(said, list)
        and len(said) == 6
        and all(map(_is_id, said[:2]))
        and all(map(_is_figure, said[2:5]))
        and isinstance(said[5], list)
        and all(map(_is_item, said[5]))
    )


def _is_item(said: Any) -> bool:
    return (
        isinstance(said, list)
        and len(said) == 6
        and _is_ref(said[0], said[2])
        and isinstance(said[1], str)
        and 0 < len(said[1]) <= 64
        and said[1].isprintable()
        and isinstance(said[3], str)
        and is_day(said[3])
        and _is_id(said[4])
        and _is_figure(said[5])
    )


def _is_ref(kind: Any, said: Any) -> bool:
    if kind == FINDING:
        return isinstance(said, str) and re.fullmatch(r"[0-9a-f]{32}", said) is not None
    return kind in (REVIEW, OUTCOME) and _is_id(said)


def _is_id(said: Any) -> bool:
    return isinstance(said, str) and str(as_uuid(said)) == said


def _is_figure(said: Any) -> bool:
    return type(said) is int and abs(said) <= MOST_TENTHS


def is_day(said: str) -> bool:
    try:
        return date.fromisoformat(said).isoformat() == said
    except ValueError:
        return False
