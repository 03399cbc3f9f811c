"""Counting from the rows of the ledger in whose database one stands (spec/statistics.md §1): the one place
that says which rows are in a number. Tallies, pages, the API, reports and their recomputation count by it,
and the lists behind a number narrow by the same conditions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateField,
    DecimalField,
    Exists,
    F,
    Field,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, TruncDate
from django.db.models.lookups import GreaterThan, LessThanOrEqual

from zhilu.sealed.imports import ORIGIN
from zhilu.server.equipment.models import Issue
from zhilu.server.evidence.models import Act, Outcome, Recording, ViewingSpan
from zhilu.server.evidence.rules import ELEMENTS
from zhilu.server.ledger.clock import BEIJING, day_of, midnight
from zhilu.server.organisation.models import Bureau, Department
from zhilu.server.oversight.models import Match, ReviewedRecording
from zhilu.server.oversight.services.judging import OVER, SHOWN
from zhilu.server.statistics import rules
from zhilu.strictjson import MAX_INT

DAY = timedelta(days=1)
TIMELY = timedelta(hours=24)
EARLIEST, LATEST = midnight(date(2000, 1, 1)), midnight(date(3000, 1, 1))
"""What lies outside counts nowhere: a mirror takes what a county says, and a calendar ends."""
LONGEST_US, MOST_FEN = 7 * 86_400_000_000, 10**13
"""A recording, an outcome that says more adds nothing to a sum of lengths, of amounts."""
KEYS = ("day", "department", "officer", "class_code", "procedure")
"""What may be counted by."""
_docked, _owed = ~Q(origin=ORIGIN), Q(aside="")
_took = F("stored_at") - F("closed_at")
RECORDINGS: dict[str, Q] = {
    "docked": _docked,
    "timely": _docked & Q(LessThanOrEqual(_took, TIMELY)),
    "late": _docked & Q(GreaterThan(_took, TIMELY)),
    "marked": _docked & Q(marks__gt=0),
    "owed": _owed,
    "described": _owed & Q(acts__gt=0),
    "reviewed": Q(id__in=ReviewedRecording.objects.values("recording")),
    "passed": Q(id__in=ReviewedRecording.objects.filter(passed=True).values("recording")),
}
"""Number → the recordings that are in it; `late` is what `timely` leaves out."""
REVIEWED = ("reviewed", "passed")
ACTS: dict[str, Q] = {
    "complete": Q(present=len(ELEMENTS)),
    "confirmed": Q(confirmed=True),
    "linked": Q(linked_taxpayer=True) | Q(linked_document=True) | Q(linked_case=True),
    "linked_taxpayer": Q(linked_taxpayer=True),
    "linked_document": Q(linked_document=True),
    "linked_case": Q(linked_case=True),
}
ALL = Q()
BEHIND: dict[str, dict[str, Q]] = {
    "recordings": {"recordings": ALL, **RECORDINGS},
    "acts": {"acts": ALL, **ACTS},
}
"""List → number → the rows of the list that are in it."""
Key = tuple[Any, ...]
Counted = dict[Key, dict[str, int]]


@dataclass(frozen=True)
class Asked:
    """Days, both in it; `departments`: those only, None for all of the bureau; an officer's, a procedure's, a
    class's only.
    """

    first: date
    last: date
    departments: frozenset[UUID] | None = None
    officer: UUID | None = None
    procedure: str = ""
    class_code: str = ""
    cut: str = "day"
    """What `begin` goes by: the first day of each stretch of the period."""
    anywhere: bool = False
    """Where no departments are named, those of other bureaus too: whoever asks by department leaves them out
    himself, for less than it costs to ask it of each row.
    """

    @property
    def of_acts_only(self) -> bool:
        return bool(self.procedure or self.class_code)

    def within(self, field: str = "department") -> Q:
        if self.departments is not None:
            return Q(**{f"{field}__in": self.departments})
        if self.anywhere:
            return Q()
        return Q(**{field: None}) | Q(**{f"{field}__in": _own().values("id")})

    def stretches(self) -> list[Asked]:
        """Each a period of its own."""
        parts = rules.buckets(self.first, self.last, self.cut)
        return [replace(self, first=one.first, last=one.last) for one in parts]

    def on_days(self, field: str = "opened_at") -> Q:
        return Q(**{f"{field}__gte": midnight(self.first), f"{field}__lt": midnight(self.last + DAY)})


def here() -> frozenset[UUID | None]:
    """The departments of which this ledger counts rows; None: what lies in none."""
    return frozenset({None, *_own().values_list("id", flat=True)})


def _own() -> QuerySet[Department]:
    return Department.objects.filter(bureau__in=Bureau.objects.values("code"))


def count(asked: Asked, *keys: str) -> Counted:
    """By those keys, in the order of `keys`; one where nothing is, is not in it. Without tasks: where they
    stand is no row of the ledger, `add_tasks` adds them.
    """
    found = acts_by(asked, *keys)
    if not {"procedure", "class_code"} & set(keys):
        add(found, recordings_by(asked, *keys))
    return found


def acts_by(asked: Asked, *keys: str) -> Counted:
    """Of acts and their outcomes only."""
    found = _empty()
    each = [part for rows in _acts_and_outcomes(asked, keys) for part in _each(asked, keys, rows)]
    _add(found, keys, _together(each))
    return found


def recordings_by(asked: Asked, *keys: str) -> Counted:
    """Of recordings only."""
    found = _empty()
    if not asked.of_acts_only:
        _add(found, keys, _together(_each(asked, keys, _recordings(asked, keys))))
        _add(found, keys, _reviewed(asked, keys))
    return found


def _each(asked: Asked, keys: tuple[str, ...], rows: QuerySet[Any]) -> list[QuerySet[Any]]:
    """By `begin` each stretch is a question of its own, and all are asked as one: each reads its part of an
    index beside the others, and of no row it has to be said where it lies.
    """
    if "begin" not in keys:
        return [rows]
    return [
        rows.filter(one.on_days()).annotate(by_begin=Value(one.first, output_field=DateField()))
        for one in asked.stretches()
    ]


def add(found: Mapping[Key, dict[str, int]], more: Mapping[Key, rules.Numbers]) -> None:
    """`found` makes what it has not."""
    for key, numbers in more.items():
        for name, value in numbers.items():
            found[key][name] += value


def _empty() -> Counted:
    return defaultdict(lambda: defaultdict(int))


def add_tasks(
    found: Counted, asked: Asked, keys: tuple[str, ...], tasks: Iterable[Match], here: frozenset[UUID | None]
) -> None:
    """`tasks`: with where they stand; `here`: as the ledger says. Of a task once, of each officer once where
    it is asked by officers.
    """
    begins = [one.first for one in asked.stretches()]
    for one in tasks:
        if not _is_counted(asked, one, here):
            continue
        said = {"day": one.day, "department": one.department, "procedure": one.procedure}
        said |= {"class_code": one.class_code, "begin": begins[bisect_right(begins, one.day) - 1]}
        for officer in dict.fromkeys(map(UUID, one.officers)) if "officer" in keys else (None,):
            if asked.officer in (None, officer) or "officer" not in keys:
                numbers = found[tuple(officer if key == "officer" else said[key] for key in keys)]
                numbers["due"] += 1
                numbers["due_recorded"] += one.state in SHOWN


def _is_counted(asked: Asked, one: Match, here: frozenset[UUID | None]) -> bool:
    return (
        one.due
        and one.state in OVER
        and asked.first <= one.day <= asked.last
        and one.department in (here if asked.departments is None else asked.departments)
        and (not asked.officer or str(asked.officer) in one.officers)
        and asked.procedure in ("", one.procedure)
        and asked.class_code in ("", one.class_code)
    )


def add_matches(
    found: Counted, bureau: str, asked: Asked, keys: tuple[str, ...], here: frozenset[UUID | None]
) -> None:
    """Outside `of`: the tasks by where they stand as they were matched last (spec/findings.md §4)."""
    rows = Match.objects.filter(bureau=bureau, day__gte=asked.first, day__lte=asked.last)
    rows = rows.filter(due=True, state__in=OVER)
    if asked.departments is not None:
        rows = rows.filter(department__in=asked.departments)
    for field in ("procedure", "class_code"):
        if said := getattr(asked, field):
            rows = rows.filter(**{field: said})
    named_by: dict[str, Any] = {f"by_{key}": F(key) for key in keys if key not in ("begin", "officer")}
    if "begin" in keys:
        named_by["by_begin"] = _begin(asked)
    if asked.officer or "officer" in keys:
        named_by["named"] = F("officers")  # the same few go together, so the database counts by all of them
    counted = rows.annotate(place=F("department"), **named_by).order_by().values("place", *named_by)
    counted = counted.annotate(n_due=Count("id"), n_due_recorded=Count("id", filter=Q(state__in=SHOWN)))
    places = here if asked.departments is None else asked.departments
    _add(found, keys, _of_officers(asked, keys, (row for row in counted if row["place"] in places)))


def _of_officers(
    asked: Asked, keys: tuple[str, ...], rows: Iterable[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """As `add_tasks`: of a task once, of each of its officers once where it is asked by officers."""
    for row in rows:
        named = row.get("named", ())
        if "officer" not in keys:
            if not asked.officer or str(asked.officer) in named:
                yield row
            continue
        for officer in dict.fromkeys(map(UUID, named)):
            if asked.officer in (None, officer):
                yield row | {"by_officer": officer}


def _add(found: Counted, keys: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
    by, columns = [f"by_{key}" for key in keys], None
    for row in rows:
        columns = columns or [(name, name.removeprefix("n_")) for name in row if name.startswith("n_")]
        numbers = found[tuple([row[name] for name in by])]
        for name, number in columns:
            if value := row[name]:
                numbers[number] = min(numbers[number] + int(value), MAX_INT)


def recordings(asked: Asked) -> QuerySet[Recording]:
    found = Recording.objects.filter(asked.within(), asked.on_days(), drill=False)
    return found.filter(officer=asked.officer) if asked.officer else found


def acts(asked: Asked) -> QuerySet[Act]:
    found = Act.objects.filter(asked.within(), asked.on_days())
    return found.filter(_of_act(asked))


def _of_act(asked: Asked, officer: str = "officers__officer") -> Q:
    which = Q(**{officer: asked.officer}) if asked.officer else Q()
    for field in ("procedure", "class_code"):
        if said := getattr(asked, field):
            which &= Q(**{field: said})
    return which


def _begin(asked: Asked) -> Case:
    """Days against days: to have a database say the month of each row costs more than all that is counted."""
    parts = rules.buckets(asked.first, asked.last, asked.cut)
    ends = [When(day__lte=one.last, then=Value(one.first)) for one in parts[:-1]]
    return Case(*ends, default=Value(parts[-1].first), output_field=DateField())


def _by(rows: QuerySet[Any], keys: tuple[str, ...], officer: str = "officer") -> QuerySet[Any]:
    """But for `begin`, which `_each` adds."""
    named: dict[str, Any] = {f"by_{key}": F(key) for key in keys if key != "begin"}
    named = named or {"by_nothing": Value(0)}
    if "day" in keys:
        named["by_day"] = TruncDate("opened_at", tzinfo=BEIJING)
    if "officer" in keys:
        named["by_officer"] = F(officer)
    keyed: QuerySet[Any] = rows.annotate(**named).order_by().values(*named)
    return keyed


def _numbers(which: dict[str, Q], names: tuple[str, ...]) -> dict[str, Count]:
    return {f"n_{name}": _Count("id", filter=which[name]) for name in names if name in which}


def _recordings(asked: Asked, keys: tuple[str, ...]) -> QuerySet[Any]:
    sums = {
        "n_recordings": _Count("id"),
        "n_us": _Sum("duration_us", filter=Q(duration_us__range=(0, LONGEST_US))),
    }
    numbers = tuple(one for one in rules.OF_RECORDINGS if one not in REVIEWED)
    found: QuerySet[Any] = _by(recordings(asked), keys).annotate(**sums, **_numbers(RECORDINGS, numbers))
    return found


def _reviewed(asked: Asked, keys: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Few among many: to ask of every recording whether it is one costs more. Their days are put into
    stretches here.
    """
    by_day = tuple("day" if key == "begin" else key for key in keys)
    rows = _by(recordings(asked).filter(RECORDINGS["reviewed"]), by_day)
    begins = [one.first for one in asked.stretches()] if "begin" in keys else []
    for row in rows.annotate(**_numbers(RECORDINGS, REVIEWED)):
        yield row | {"by_begin": begins[bisect_right(begins, row["by_day"]) - 1]} if begins else row


def _acts(asked: Asked, keys: tuple[str, ...]) -> QuerySet[Any]:
    # A condition on the officer and the key of officers are one join: of an act, that officer's row.
    found: QuerySet[Any] = _by(acts(asked), keys, officer="officers__officer").annotate(
        n_acts=_Count("id"), **_numbers(ACTS, rules.OF_ACTS)
    )
    return found


def _acts_and_outcomes(asked: Asked, keys: tuple[str, ...]) -> list[QuerySet[Any]]:
    """Of acts the columns of outcomes are 0, and the other way round: what can be asked as one."""
    of_acts: dict[str, Any] = {f"n_{name}": _Nothing() for name in ("acts", *ACTS)}
    of_outcomes = {f"n_{name}": _Nothing() for name in ("outcomes", "fen", *rules.OUTCOME_NUMBERS.values())}
    of_outcomes["n_fen"] = _Nothing(DecimalField(max_digits=30, decimal_places=0))
    columns = [f"by_{key}" for key in keys if key != "begin"] or ["by_nothing"]
    columns += [*of_acts, *of_outcomes]
    acts_ = _acts(asked, keys).annotate(**of_outcomes).values(*columns)
    return [acts_, _outcomes(asked, keys).annotate(**of_acts).values(*columns)]


class _AsItIs:
    """What the database says, as it says it: `_add` makes numbers of those that are not 0."""

    def get_db_converters(self, connection: Any) -> list[Any]:
        return []


class _Count(_AsItIs, Count):
    pass


class _Sum(_AsItIs, Sum):
    pass


class _Nothing(_AsItIs, Cast):
    """0, of the type that the other part's column has: of columns of two types a database asks one part after
    the other. Nothing is grouped by it, or the database would compare it row by row.
    """

    def __init__(self, field: Field[Any, Any] | None = None) -> None:
        super().__init__(Value(0), field or BigIntegerField())

    def get_group_by_cols(self) -> list[Any]:
        return []


def _together(questions: list[QuerySet[Any]]) -> QuerySet[Any]:
    """In one."""
    first, *rest = questions
    return first.union(*rest, all=True) if rest else first


def _outcomes(asked: Asked, keys: tuple[str, ...]) -> QuerySet[Any]:
    officer = "act__officers__officer"
    live = Outcome.objects.filter(asked.within(), asked.on_days(), _of_act(asked, officer), gone_at=None)
    kinds = {f"n_{name}": _Count("id", filter=Q(kind=kind)) for kind, name in rules.OUTCOME_NUMBERS.items()}
    found: QuerySet[Any] = _by(live, keys, officer).annotate(
        n_outcomes=_Count("id"),
        n_fen=_Sum("amount_fen", filter=Q(amount_fen__range=(-MOST_FEN, MOST_FEN))),
        **kinds,
    )
    return found


def viewings(asked: Asked, key: str) -> Counted:
    """Viewings and copies by the department of the recordings that they name, or by the day they were asked
    for; each once.
    """
    here = Recording.objects.filter(asked.within())
    asked_for = Q(recording__in=here.values("id")) & asked.on_days("viewing__asked_at")
    spans: QuerySet[Any] = ViewingSpan.objects.filter(asked_for)
    keyed: QuerySet[Any]
    if key == "department":
        place = here.filter(id=OuterRef("recording")).values("department")
        keyed = spans.annotate(by_department=Subquery(place))
    else:
        keyed = spans.annotate(by_day=TruncDate("viewing__asked_at", tzinfo=BEIJING))
    is_copy = Q(viewing__kind="copy")

    def once(which: Q) -> Count:
        return Count("viewing", filter=which, distinct=True)

    rows = keyed.order_by().values(f"by_{key}")
    counted = rows.annotate(
        n_viewings=once(~is_copy),
        n_approved=once(~is_copy & Q(viewing__approved=True)),
        n_copies=once(is_copy),
    )
    found: Counted = defaultdict(lambda: defaultdict(int))
    _add(found, (key,), counted)
    return dict(found)


def issues(departments: frozenset[UUID] | None = None) -> list[rules.Issued]:
    """Of every recorder that ever was issued in the bureau, or in those departments."""
    rows = Issue.objects.filter(
        Asked(date.min, date.max, departments).within(), at__range=(EARLIEST, LATEST)
    ).order_by("entry")
    return [
        rules.Issued(
            one.recorder,
            one.department,
            one.person,
            day_of(one.at),
            day_of(min(one.returned_at, LATEST)) if one.returned_at else None,
        )
        for one in rows
    ]


def _from_recorders(first: date, last: date) -> QuerySet[Recording]:
    return Recording.objects.filter(Asked(first, last).on_days(), _docked, drill=False).order_by()


def used_recorders(first: date, last: date) -> set[str]:
    """Those with a recording that began in these days."""
    return set(_from_recorders(first, last).values_list("recorder", flat=True).distinct())


def used(first: date, last: date) -> set[tuple[date, str]]:
    """On which day a recording of which recorder began."""
    day = TruncDate("opened_at", tzinfo=BEIJING)
    return set(_from_recorders(first, last).values_list(day, "recorder").distinct())


def issued_and_used(asked: Asked) -> dict[date, set[str]]:
    """By the first day of a stretch, of which recorders a recording began in it, of those that were ever
    issued there: one is looked for of each, and all the others are passed over.
    """
    issued = Issue.objects.filter(asked.within()).order_by().values("recorder").distinct()
    each = [
        issued.filter(Exists(_from_recorders(one.first, one.last).filter(recorder=OuterRef("recorder"))))
        .annotate(begin=Value(one.first, output_field=DateField()))
        .values_list("begin", "recorder")
        for one in asked.stretches()
    ]
    found: dict[date, set[str]] = defaultdict(set)
    for begin, recorder in _together(each):
        found[begin].add(recorder)
    return found
