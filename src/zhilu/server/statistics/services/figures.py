"""Figures over the ledgers whose tables are here, for pages and files: from the tallies where they have them,
from the rows where they do not or where somebody wants it so. Both by the same numbers (counting.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from zhilu.server.federation.services import ledgers
from zhilu.server.oversight.models import Evaluated, Pending
from zhilu.server.statistics import rules
from zhilu.server.statistics.models import DAY, MONTH, Held, Standing, Tally, Used
from zhilu.server.statistics.services import counting, tallies
from zhilu.server.statistics.services.counting import Asked

Key = tuple[Any, ...]
Sums = dict[Key, Counter[str]]
PLACES, KINDS = ("department", "begin"), ("class_code", "procedure")


@dataclass(frozen=True)
class Parts:
    """Of a bureau from the rows: all by PLACES, acts, outcomes and tasks by KINDS; of departments recordings
    by officer.
    """

    places: counting.Counted
    kinds: counting.Counted
    officers: counting.Counted | None


def level_of(asked: Asked, keys: Iterable[str]) -> str:
    """The tallies that give it; empty where none does."""
    named = set(keys) | {name for name in ("officer", "procedure", "class_code") if getattr(asked, name)}
    of_acts = named & {"procedure", "class_code"}
    if "officer" in named:
        return "" if of_acts else "officer"
    if not of_acts:
        return "department"
    return "class" if asked.departments is None and "department" not in named else "procedure"


@dataclass(frozen=True)
class Figures:
    """`bureaus`: those that are counted together; `anew`: from the rows, whatever the tallies say."""

    bureaus: tuple[str, ...]
    asked: Asked
    anew: bool = False

    def sums(self, *keys: str) -> Sums:
        """By bureau and those keys; of days the first of each stretch will do."""
        level = level_of(self.asked, keys)
        if self.is_anew and (set(keys) <= {"department", "day"} or set(keys) <= set(KINDS)):
            return self._from_parts(keys)
        if not level or self.is_anew:
            return self._from_rows(keys)
        return self._from_tallies(level, keys)

    @cached_property
    def standings(self) -> dict[str, Any]:
        """In the order of the bureaus; each with how far its tasks are matched: `judged_as_of`, in seconds
        since 1970 or None, `judged_size`, and `judged_days`, how many are still to be judged.
        """
        judged = Evaluated.objects.filter(bureau=OuterRef("bureau"))
        waits = Pending.objects.filter(bureau=OuterRef("bureau")).order_by().values("bureau")
        rows = Standing.objects.filter(bureau__in=self.bureaus).annotate(
            judged_as_of=Subquery(judged.values("as_of")[:1]),
            judged_size=Subquery(judged.values("size")[:1]),
            judged_days=Coalesce(Subquery(waits.annotate(n=Count("id")).values("n")), 0),
        )
        known = {one.bureau: one for one in rows}
        return {one: known[one] for one in self.bureaus if one in known}

    @cached_property
    def is_anew(self) -> bool:
        """Also where a ledger has no tallies yet: those that are there would be half the figure."""
        return self.anew or not set(self.bureaus) <= set(self.standings)

    def _from_rows(self, keys: tuple[str, ...]) -> Sums:
        found: Sums = {}
        for bureau in self.bureaus:
            is_by_officer = self.is_anew and keys == ("officer",)
            recorded = self._parts[bureau].officers if is_by_officer else None
            with ledgers.of(bureau):
                counted = (
                    counting.count(self.asked, *keys)
                    if recorded is None
                    else counting.acts_by(self.asked, *keys)
                )
                here = self._here()
            counting.add_matches(counted, bureau, self.asked, keys, here)
            found |= {(bureau, *key): Counter(numbers) for key, numbers in counted.items()}
            for key, numbers in (recorded or {}).items():
                found.setdefault((bureau, *key), Counter()).update(numbers)
        return found

    def _here(self) -> frozenset[UUID | None]:
        """Of departments those are counted, whatever else is here."""
        return counting.here() if self.asked.departments is None else frozenset()

    def _from_parts(self, keys: tuple[str, ...]) -> Sums:
        found: Sums = defaultdict(Counter)
        for bureau, parts in self._parts.items():
            of_kinds = set(KINDS) & set(keys)
            counted, names = (parts.kinds, KINDS) if of_kinds else (parts.places, PLACES)
            places = [names.index("begin" if key == "day" else key) for key in keys]
            for key, numbers in counted.items():
                counting.add(found, {(bureau, *[key[place] for place in places]): numbers})
        return dict(found)

    @cached_property
    def _parts(self) -> dict[str, Parts]:
        """All that a page shows; what other bureaus have falls out once it is counted."""
        asked = replace(self.asked, anywhere=True)
        found: dict[str, Parts] = {}
        is_whole = asked.departments is None and not asked.officer and not asked.of_acts_only
        of_officers = () if is_whole else ("officer",)
        for bureau in self.bureaus:
            with ledgers.of(bureau):
                here = self._here()
                within = here if asked.departments is None else asked.departments
                recorded = counting.recordings_by(asked, *PLACES, *of_officers)
                acts = counting.acts_by(asked, *PLACES)
                by_kind = counting.acts_by(asked, "department", *KINDS)
            places, kinds = _summed(acts, within, 0, 1), _summed(by_kind, within, 1, 2)
            counting.add(places, _summed(recorded, within, 0, 1))
            counting.add_matches(places, bureau, asked, PLACES, here)
            counting.add_matches(kinds, bureau, asked, KINDS, here)
            found[bureau] = Parts(
                places,
                kinds,
                _summed(recorded, within, 2) if of_officers else None,
            )
        return found

    def _from_tallies(self, level: str, keys: tuple[str, ...]) -> Sums:
        asked = self.asked
        rows: QuerySet[Any] = Tally.objects.filter(
            self._when("day" in keys), bureau__in=self.bureaus, level=level
        )
        if asked.departments is not None:
            rows = rows.filter(department__in=asked.departments)
        for name in ("officer", "procedure", "class_code"):
            if said := getattr(asked, name):
                rows = rows.filter(**{name: said})
        named = ("bureau", *keys)
        numbers = (
            rules.NUMBERS
            if level in ("department", "officer")
            else (*rules.OF_ACTS, *rules.OF_OUTCOMES, *rules.OF_TASKS)
        )
        sums = {f"n_{name}": Sum(name) for name in numbers}
        found: Sums = {}
        for row in rows.order_by().values(*named).annotate(**sums):
            key = tuple(row[name] for name in named)
            found[key] = Counter({name: int(row[f"n_{name}"] or 0) for name in numbers})
        return found

    def _when(self, is_cut: bool) -> Q:
        """The period's whole months as such, the days that are left; days only where weeks are asked for."""
        period = rules.Bucket(self.asked.first, self.asked.last)
        months, rest = ([], [period]) if is_cut and self.asked.cut != "month" else rules.whole_months(period)
        found = Q(span=MONTH, day__in=[one.first for one in months])
        for one in rest:
            found |= Q(span=DAY, day__gte=one.first, day__lte=one.last)
        return found

    # -- recorders issued and used

    @cached_property
    def issues(self) -> dict[str, list[rules.Issued]]:
        """Of each bureau, what lies within the departments asked for."""
        found: dict[str, list[rules.Issued]] = defaultdict(list)
        if self.is_anew:
            for bureau in self.bureaus:
                with ledgers.of(bureau):
                    found[bureau] = counting.issues()
        else:
            for row in Held.objects.filter(bureau__in=self.bureaus):
                found[row.bureau].append(
                    rules.Issued(row.recorder, row.department, row.person, row.first, row.last)
                )
        places, officer = self.asked.departments, self.asked.officer
        return {
            bureau: [
                one
                for one in issues
                if (places is None or one.department in places) and officer in (None, one.person)
            ]
            for bureau, issues in found.items()
        }

    @cached_property
    def used(self) -> dict[str, set[str]]:
        """Of each bureau the recorders with a recording in the period."""
        found: dict[str, set[str]] = defaultdict(set)
        for (bureau, _begin), recorders in self._used_by.items():
            found[bureau] |= recorders
        return found

    def use(self, by: str = "") -> Sums:
        """By bureau, and by `department` or `person` where asked."""
        period = rules.Bucket(self.asked.first, self.asked.last)
        groups: dict[Key, list[rules.Issued]] = defaultdict(list)
        for bureau, issues in self.issues.items():
            for one in rules.issued_in(issues, period):
                groups[(bureau, getattr(one, by)) if by else (bureau,)].append(one)
        return {key: rules.use(issues, self.used[key[0]]) for key, issues in groups.items()}

    def use_in(self) -> dict[date, Counter[str]]:
        """Of all together, by the first day of each stretch of the period."""
        found = {}
        for part in rules.buckets(self.asked.first, self.asked.last, self.asked.cut):
            begin = rules.bucket_of(part.first, self.asked.cut)
            found[part.first] = rules.total(
                rules.use(rules.issued_in(issues, part), self._used_by.get((bureau, begin), set()))
                for bureau, issues in self.issues.items()
            )
        return found

    @cached_property
    def _used_by(self) -> dict[tuple[str, date], set[str]]:
        """By bureau and the first day of a stretch."""
        found: dict[tuple[str, date], set[str]] = defaultdict(set)
        if self.is_anew:
            for bureau in self.bureaus:
                with ledgers.of(bureau):
                    seen = counting.issued_and_used(self.asked)
                for begin, recorders in seen.items():
                    found[bureau, rules.bucket_of(begin, self.asked.cut)] |= recorders
            return found
        rows = Used.objects.filter(self._when(True), bureau__in=self.bureaus)
        for bureau, day, told in rows.values_list("bureau", "day", "recorders"):
            found[bureau, rules.bucket_of(day, self.asked.cut)].update(told.split())
        return found


def _summed(counted: counting.Counted, within: Collection[UUID | None], *places: int) -> counting.Counted:
    """By these places of the keys, whose first is a department: of those within."""
    found: counting.Counted = defaultdict(lambda: defaultdict(int))
    for key, numbers in counted.items():
        if key[0] in within:
            counting.add(found, {tuple([key[place] for place in places]): numbers})
    return found


@dataclass(frozen=True)
class Basis:
    """Under which tree the figures of a bureau stand, and how its ledger is followed."""

    bureau: str
    standing: Standing
    state: str
    code: str

    @property
    def is_away(self) -> bool:
        return rules.is_away(self.state)


def bases(figures: Figures) -> list[Basis]:
    """Of figures from tallies what those say; of others the tables as they are now."""
    found, states = [], ledgers.states(figures.bureaus)
    for bureau in figures.bureaus:
        standing = figures.standings.get(bureau)
        if standing is None or figures.is_anew:
            with ledgers.of(bureau):
                size = ledgers.applied(bureau)
                if standing is None or standing.size != size or not standing.root:
                    standing = tallies.standing_of(bureau, size)
        found.append(Basis(bureau, standing, *states[bureau]))
    return found
