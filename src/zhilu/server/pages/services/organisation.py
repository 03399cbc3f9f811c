"""People, departments, delegations and the calendar as they are read."""

from __future__ import annotations

import calendar as months
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from zhilu.server.ledger.clock import now
from zhilu.server.organisation import rules_calendar
from zhilu.server.organisation.models import Credential, Delegation, Department, Person, Post, Role, User
from zhilu.server.organisation.services.delegations import may_end
from zhilu.server.organisation.services.departments import own
from zhilu.server.organisation.services.people import names, paths
from zhilu.server.organisation.services.rights import Rights

NO_POST = "none"


@dataclass(frozen=True)
class PersonRow:
    person: Person
    department: str
    rank: str
    roles: list[str]
    login: str
    keys: int


@dataclass(frozen=True)
class Branch:
    """A department in the tree. `path`: its name with those above; `indent`: how far its name stands in."""

    department: Department
    path: str
    indent: int
    people: int


@dataclass(frozen=True)
class Handed:
    """A delegation as it is read. `state`: now, later or over."""

    id: UUID
    role: str
    giver: str
    receiver: str
    delegation: Delegation
    state: str
    can_end: bool


@dataclass(frozen=True)
class Day:
    date: date
    is_worked: bool
    said: str | None
    is_today: bool


@dataclass(frozen=True)
class Month:
    number: int
    weeks: list[list[Day | None]]
    worked: int


def own_places() -> dict[UUID, str]:
    """id → path of names, of the founded bureau's open departments, as the tree has them; one query."""
    return {one.department.id: one.path for one in tree(is_counted=False) if not one.department.closed}


def tree(*, is_counted: bool = True) -> list[Branch]:
    """The founded bureau's, each department before those below it, with how many work there."""
    posts = Post.objects.filter(until=None) if is_counted else Post.objects.none()
    count = Counter(posts.values_list("department", flat=True))
    below: dict[UUID | None, list[Department]] = defaultdict(list)
    for row in sorted(own(is_open=False), key=lambda one: (one.closed, one.order, one.name)):
        below[row.parent].append(row)

    def walk(parent: UUID | None, above: list[str]) -> Iterator[Branch]:
        for row in below[parent]:
            names = [*above, row.name]
            yield Branch(row, "/".join(names), len(above), count[row.id])
            yield from walk(row.id, names)

    return list(walk(None, []))


def people(q: str, department: str) -> QuerySet[Person]:
    """Everybody, by name; `department`: an id, or `none` for who works nowhere."""
    found = Person.objects.order_by("name", "id")
    at_work = Post.objects.filter(until=None)
    if department == NO_POST:
        found = found.exclude(id__in=at_work.values("person"))
    elif department:
        found = found.filter(id__in=at_work.filter(department=department).values("person"))
    return found.filter(Q(name__contains=q) | Q(number__contains=q)) if q else found


def at_work() -> QuerySet[Person]:
    """Who has a post."""
    return Person.objects.filter(id__in=Post.objects.filter(until=None).values("person"))


def person_rows(page: Sequence[Person], told: dict[UUID, str] | None = None) -> list[PersonRow]:
    """`told`: `paths()`, where they are known already."""
    ids = [one.id for one in page]
    roles: dict[UUID, list[str]] = defaultdict(list)
    for grant in Role.objects.filter(person__in=ids, ended_at=None).order_by("id"):
        roles[grant.person].append(grant.role)
    keys = Counter(Credential.objects.filter(person__in=ids, revoked=False).values_list("person", flat=True))
    logins = dict(User.objects.filter(person__in=ids).values_list("person", "username"))
    posts = {post.person: post for post in Post.objects.filter(person__in=ids, until=None)}
    told = paths() if told is None else told
    return [
        PersonRow(
            one,
            told.get(posts[one.id].department, "") if one.id in posts else "",
            posts[one.id].rank if one.id in posts else "",
            roles[one.id],
            logins.get(one.id, ""),
            keys[one.id],
        )
        for one in page
    ]


def handed(by: Rights, found: Sequence[Delegation]) -> list[Handed]:
    at = now()
    told = names({one for row in found for one in (row.giver, row.receiver)})
    return [
        Handed(
            row.id,
            row.role,
            told.get(str(row.giver), ""),
            told.get(str(row.receiver), ""),
            row,
            "over" if row.ended_at or row.until <= at else "later" if row.since > at else "now",
            not row.ended_at and row.until > at and may_end(by, row),
        )
        for row in found
    ]


def year_of(year: int, said: dict[date, str], today: date) -> list[Month]:
    """Twelve months of weeks from Monday to Sunday."""
    return [_month(year, number, said, today) for number in range(1, 13)]


def _month(year: int, number: int, said: dict[date, str], today: date) -> Month:
    weeks = [
        [_day(date(year, number, n), said, today) if n else None for n in week]
        for week in months.Calendar().monthdayscalendar(year, number)
    ]
    return Month(number, weeks, sum(day.is_worked for week in weeks for day in week if day))


def _day(day: date, said: dict[date, str], today: date) -> Day:
    return Day(day, rules_calendar.is_workday(day, said), said.get(day), day == today)
