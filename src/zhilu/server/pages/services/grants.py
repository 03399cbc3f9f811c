"""Who may do what, as the security administrator reads it: by person, and by department."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from zhilu.server.ledger.clock import now
from zhilu.server.organisation import rules
from zhilu.server.organisation.models import Delegation, Department, Person, Post, Role, User
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.templatetags.zhilu import last_day


@dataclass(frozen=True)
class Held:
    """A role as it is read. `places`: names of its departments; None: the whole bureau, or a role that has
    none.
    """

    id: int
    role: str
    places: list[str] | None
    since: datetime
    by: str
    ended: datetime | None = None
    ended_by: str = ""
    reason: str = ""

    @property
    def has_scope(self) -> bool:
        return self.role in rules.SCOPED


@dataclass(frozen=True)
class Row:
    person: Person
    department: str
    held: list[Held]
    last_login: datetime | None
    has_login: bool


@dataclass(frozen=True)
class Handed:
    """A delegation as it is read."""

    role: str
    giver: str
    receiver: str
    since: datetime
    until: str
    is_over: bool


@dataclass(frozen=True)
class Seer:
    """Somebody who covers a department. `why`: here, above, bureau or delegated."""

    person: UUID
    name: str
    role: str
    why: str
    through: str
    since: datetime
    last_login: datetime | None


def persons(q: str, role: str, department: UUID | None) -> QuerySet[Person]:
    """Everybody with a right, or who matches the search."""
    found = Person.objects.order_by("name", "id")
    held = Role.objects.filter(ended_at=None)
    if role:
        found = found.filter(id__in=held.filter(role=role).values("person"))
    if department:
        found = found.filter(id__in=Post.objects.filter(department=department, until=None).values("person"))
    if q:
        found = found.filter(Q(name__contains=q) | Q(number__contains=q))
    if not (q or role or department):
        found = found.filter(id__in=held.values("person"))
    return found


def rows(page: Sequence[Person], places: Mapping[UUID, str]) -> list[Row]:
    """`places`: names of all departments."""
    ids = [one.id for one in page]
    held = held_by(Role.objects.filter(person__in=ids, ended_at=None), places)
    logins = dict(User.objects.filter(person__in=ids).values_list("person", "last_login"))
    posts = dict(Post.objects.filter(person__in=ids, until=None).values_list("person", "department"))
    return [
        Row(
            one,
            places.get(posts.get(one.id, one.id), ""),
            held.get(one.id, []),
            logins.get(one.id),
            one.id in logins,
        )
        for one in page
    ]


def held_by(found: QuerySet[Role], places: Mapping[UUID, str]) -> dict[UUID, list[Held]]:
    """person → grants, the oldest first."""
    grants = list(found.order_by("id"))
    told = names({one for row in grants for one in (row.by, row.ended_by)})
    held: dict[UUID, list[Held]] = {}
    for row in grants:
        held.setdefault(row.person, []).append(_held(row, told, places))
    return held


def _held(row: Role, told: Mapping[str, str], places: Mapping[UUID, str]) -> Held:
    scope = None if row.scope is None else sorted(places.get(UUID(one), "?") for one in row.scope)
    by, ended_by = (told.get(one, one) for one in (row.by, row.ended_by))
    return Held(row.id, row.role, scope, row.at, by, row.ended_at, ended_by, row.reason)


def handed(person: UUID) -> list[Handed]:
    """Delegations from and to a person, the newest first."""
    found = list(Delegation.objects.filter(Q(giver=person) | Q(receiver=person)).order_by("-since")[:50])
    told = names({one for row in found for one in (row.giver, row.receiver)})
    return [
        Handed(
            row.role,
            told.get(str(row.giver), ""),
            told.get(str(row.receiver), ""),
            row.since,
            last_day(row),
            bool(row.ended_at) or row.until <= now(),
        )
        for row in found
    ]


def seers(department: UUID) -> list[Seer]:
    """Who has a role that covers this department: granted here, above, for the bureau, or handed on."""
    known = {one.id: one for one in Department.objects.all()}
    above = rules.above(department, {one.id: one.parent for one in known.values()})
    grants = [
        (row, why)
        for row in Role.objects.filter(role__in=rules.SCOPED, ended_at=None).order_by("role", "id")
        if (why := _why(row, department, above)) is not None
    ]
    at = now()
    handed_on = list(Delegation.objects.filter(ended_at=None, since__lte=at, until__gt=at))
    people = {row.person for row, _why in grants} | {one.receiver for one in handed_on}
    told = names(people)
    logins = dict(User.objects.filter(person__in=people).values_list("person", "last_login"))
    found = [
        _seer(row.person, row.role, why, _through(row, above, known), row.at, told, logins)
        for row, why in grants
    ]
    covering = {(row.person, row.role) for row, _why in grants}
    return found + [
        _seer(one.receiver, one.role, "delegated", told.get(str(one.giver), ""), one.since, told, logins)
        for one in handed_on
        if (one.giver, one.role) in covering
    ]


def _seer(
    person: UUID,
    role: str,
    why: str,
    through: str,
    since: datetime,
    told: Mapping[str, str],
    logins: Mapping[UUID, datetime | None],
) -> Seer:
    return Seer(person, told.get(str(person), ""), role, why, through, since, logins.get(person))


def _why(row: Role, department: UUID, above: Sequence[UUID]) -> str | None:
    if row.scope is None:
        return "bureau"
    scope = {UUID(one) for one in row.scope}
    if department in scope:
        return "here"
    return "above" if scope & set(above) else None


def _through(row: Role, above: Sequence[UUID], known: Mapping[UUID, Department]) -> str:
    if row.scope is None:
        return ""
    nearest = next((one for one in above if str(one) in row.scope), None)
    return known[nearest].name if nearest else ""
