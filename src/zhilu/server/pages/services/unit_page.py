"""A unit as whoever watches over it sees it: its people with recorder and training, its rates month by month,
what is asked and not concluded, what is due today. Of a department with those below it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from zhilu.server.equipment.models import Issue, Recorder
from zhilu.server.evidence.models import Recording
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import day_of
from zhilu.server.numbers import minus
from zhilu.server.organisation.models import Person, Post, Role
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.oversight.models import FindingPerson, Match
from zhilu.server.pages.services.overseen import DONE, Branch, Places, open_findings
from zhilu.server.pages.services.statistics_page import percent
from zhilu.server.pages.services.training import SOON
from zhilu.server.statistics import rules
from zhilu.server.statistics.services.counting import Asked
from zhilu.server.statistics.services.figures import Figures
from zhilu.server.training.services.gate import Fitness, fitness

MONTHS = 6
MOST_PEOPLE, MOST_FINDINGS = 300, 5000
STEP_OF = {"open": "explain", "explained": "decide", "answered": "conclude"}
"""State of a finding → what is to be done next."""


@dataclass
class Member:
    """Somebody who works there. `serial`: of the recorder he has; `recorded_at`: when his newest recording
    began; `due`, `done`: his tasks of today; `asked`: findings about him that are not concluded.
    """

    person: Any
    department: str
    fitness: Fitness | None
    fit: str
    due: int = 0
    done: int = 0
    asked: int = 0


@dataclass
class Rule:
    """Findings of one rule that are not concluded, by what they wait for."""

    code: str
    severity: str
    steps: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        return self.steps.total()

    @property
    def waits(self) -> list[int]:
        return [self.steps[step] for step in STEP_OF.values()]


@dataclass(frozen=True)
class Trend:
    """A rate month by month, the newest last; `change`: in points since the month before, "" where nothing is
    known.
    """

    rate: rules.Rate
    shares: list[rules.Share]

    @property
    def told(self) -> list[tuple[str, rules.Share]]:
        return [(percent(one.permille), one) for one in self.shares]

    @property
    def change(self) -> str:
        before, now = (one.permille for one in self.shares[-2:])
        return "" if before is None or now is None else minus(f"{(now - before) / 10:+.1f}")


class Unit:
    def __init__(self, rights: Rights, department: UUID, at: datetime, places: Places | None = None) -> None:
        self.places = places or Places(rights)
        self.department, self.day = department, day_of(at)
        self.below = self.places.below(department) & self.places.scope
        self.name, self.path = self.places.name(department), self.places.path(department)
        self._people = list(self._posted()[: MOST_PEOPLE + 1])
        self.is_cut = len(self._people) > MOST_PEOPLE

    @cached_property
    def months(self) -> list[rules.Bucket]:
        found = [rules.month_of(self.day)]
        while len(found) < MONTHS:
            found.insert(0, rules.month_of(date.fromordinal(found[0].first.toordinal() - 1)))
        return found

    @cached_property
    def children(self) -> list[Branch]:
        return [one for one in self.places.tree if one.id in self.below and one.id != self.department]

    # -- people

    def _posted(self) -> QuerySet[Any]:
        """Who works there, with the recorder in hand and the newest recording; in one question."""
        posts = Post.objects.filter(person=OuterRef("id"), until=None, department__in=self.below)
        out = Issue.objects.filter(person=OuterRef("id"), returned_at=None).order_by("-at")
        serial = Recorder.objects.filter(kid=OuterRef("kid")).values("serial")[:1]
        newest = Recording.objects.filter(officer=OuterRef("id"), drill=False).order_by("-opened_at", "-id")
        officer = Role.objects.filter(person=OuterRef("id"), role="officer", ended_at=None)
        return (
            Person.objects.filter(Exists(posts))
            .annotate(
                at=Subquery(posts.values("department")[:1]),
                kid=Subquery(out.values("recorder")[:1]),
                recorded_at=Subquery(newest.values("opened_at")[:1]),
                is_officer=Exists(officer),
            )
            .annotate(serial=Subquery(serial))
            .order_by("-is_officer", "name", "id")
        )

    @cached_property
    def people(self) -> list[Member]:
        shown = self._people[:MOST_PEOPLE]
        told = fitness([one.id for one in shown if one.is_officer], self.day)
        due, done = self._due_by_person
        return [
            Member(
                one,
                self.places.name(one.at),
                told.get(one.id),
                self._fit(told.get(one.id)),
                due[str(one.id)],
                done[str(one.id)],
                self._findings[1][one.id],
            )
            for one in shown
        ]

    def _fit(self, one: Fitness | None) -> str:
        if one is None:
            return ""
        if one.until is None:
            return "unfit"
        return "ending" if one.until <= self.day + SOON else "fit"

    @cached_property
    def officers(self) -> list[Member]:
        return [one for one in self.people if one.fitness is not None]

    @property
    def trained(self) -> int:
        return sum(one.fit != "unfit" for one in self.officers)

    @property
    def issued(self) -> int:
        return sum(one.person.kid is not None for one in self.officers)

    @property
    def used(self) -> int:
        """Of who has a recorder: who has recorded in this month."""
        begin = rules.month_of(self.day).first
        dated = [one.person.recorded_at for one in self.officers if one.person.kid is not None]
        return sum(at is not None and day_of(at) >= begin for at in dated)

    # -- what is due today, and what is asked

    @cached_property
    def matches(self) -> list[Match]:
        rows = Match.objects.filter(bureau=ledgers.own(), day=self.day, due=True, department__in=self.below)
        return list(rows.only("state", "officers", "department"))

    @cached_property
    def _due_by_person(self) -> tuple[Counter[str], Counter[str]]:
        due: Counter[str] = Counter()
        done: Counter[str] = Counter()
        for one in self.matches:
            due.update(one.officers)
            done.update(one.officers if one.state in DONE else ())
        return due, done

    @property
    def due(self) -> tuple[int, int]:
        """How many tasks are due today, and how many of them are recorded or excused."""
        return len(self.matches), sum(one.state in DONE for one in self.matches)

    @cached_property
    def _findings(self) -> tuple[dict[str, Rule], Counter[UUID]]:
        """That are not concluded: by rule, and by who is asked; in one question."""
        rows = FindingPerson.objects.filter(finding__department__in=self.below, finding__cleared_at=None)
        rows = rows.exclude(finding__state="concluded").order_by("-day", "-id")
        named = ("finding", "finding__rule", "finding__severity", "finding__state", "person")
        by_rule: dict[str, Rule] = {}
        by_person: Counter[UUID] = Counter()
        seen: set[str] = set()
        for finding, code, severity, state, person in rows.values_list(*named)[:MOST_FINDINGS]:
            by_person[person] += 1
            if finding not in seen:
                seen.add(finding)
                rule = by_rule.setdefault(code, Rule(code, severity))
                rule.steps[STEP_OF.get(state, "conclude")] += 1
        return by_rule, by_person

    @property
    def findings(self) -> list[Rule]:
        order = ("refer", "serious", "minor", "remind")
        weight = {code: place for place, code in enumerate(order)}
        return sorted(self._findings[0].values(), key=lambda one: (weight.get(one.severity, 9), -one.count))

    # -- rates

    @cached_property
    def trends(self) -> list[Trend]:
        months = self.months
        asked = Asked(months[0].first, months[-1].last, self.below, cut="month")
        by_month: dict[date, Counter[str]] = defaultdict(Counter)
        for (_bureau, day), numbers in Figures((ledgers.own(),), asked).sums("day").items():
            by_month[rules.month_of(day).first].update(numbers)
        return [
            Trend(rate, [rules.share(rate, by_month[one.first]) for one in months])
            for rate in rules.RATES
            if rate.whole not in rules.OF_RECORDERS
        ]


@dataclass(frozen=True)
class Line:
    """A department of the list: with those below it."""

    place: Branch
    people: int
    due: int
    done: int
    asked: int
    referred: int


def lines(places: Places, day: date) -> list[Line]:
    posts = Counter(
        Post.objects.filter(until=None, department__in=places.scope).values_list("department", flat=True)
    )
    matches = Match.objects.filter(bureau=ledgers.own(), day=day, due=True, department__in=places.scope)
    due: Counter[UUID] = Counter()
    done: Counter[UUID] = Counter()
    for department, state, count in (
        matches.order_by().values_list("department", "state").annotate(n=Count("id"))
    ):
        due[department] += count
        done[department] += count if state in DONE else 0
    asked: dict[UUID | None, int] = {}
    referred: dict[UUID | None, int] = {}
    counted = open_findings().filter(department__in=places.scope).order_by().values("department")
    for row in counted.annotate(n=Count("id"), r=Count("id", filter=Q(severity="refer"))):
        asked[row["department"]], referred[row["department"]] = row["n"], row["r"]
    return [
        Line(
            one,
            sum(posts[place] for place in one.below),
            sum(due[place] for place in one.below),
            sum(done[place] for place in one.below),
            sum(asked.get(place, 0) for place in one.below),
            sum(referred.get(place, 0) for place in one.below),
        )
        for one in places.tree
    ]
