"""How bureaus, departments, people and posts follow from the ledger (spec/registers.md §1)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from zhilu.errors import DataError
from zhilu.server.ledger import waiting
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, applies, checks, checks_many
from zhilu.server.organisation import events, rules
from zhilu.server.organisation.models import (
    Bureau,
    Delegation,
    Department,
    ListedBureau,
    Person,
    Post,
    Role,
)


@checks(events.BureauListed)
def check_listed(event: events.BureauListed, stamp: Stamp) -> None:
    check_other_bureau(event.bureau)
    parents = dict(ListedBureau.objects.values_list("code", "parent"))
    parents[event.bureau] = event.parent
    above = rules.above(event.parent, parents)
    if event.parent is not None and (not is_bureau(event.parent) or event.bureau in above):
        raise DataError("bureau", "The bureau {bureau} cannot stand there.", bureau=event.bureau)


@applies(events.BureauListed)
def apply_listed(event: events.BureauListed, stamp: Stamp) -> None:
    ListedBureau.objects.update_or_create(
        code=event.bureau,
        defaults={
            "name": event.name,
            "parent": event.parent,
            "closed": event.closed,
            "entry": stamp.index,
        },
    )


def check_other_bureau(code: str) -> None:
    if Bureau.objects.filter(code=code).exists():
        raise DataError("bureau", "The bureau {bureau} cannot stand there.", bureau=code)


def is_bureau(code: str) -> bool:
    return (
        Bureau.objects.filter(code=code).exists()
        or ListedBureau.objects.filter(code=code, closed=False).exists()
    )


@checks(events.DepartmentSet)
def check_department(event: events.DepartmentSet, stamp: Stamp) -> None:
    if not Bureau.objects.filter(code=event.bureau).exists():
        raise DataError("department-bureau", "A department belongs to the bureau whose ledger this is.")
    department, parent = UUID(event.department), UUID(event.parent) if event.parent else None
    known = {row.id: row for row in Department.objects.all()}
    was = known.get(department)
    if parent is not None and (
        parent not in known or known[parent].bureau != event.bureau or known[parent].closed
    ):
        raise DataError("department-unknown", "There is no such department above in this bureau.")
    parents = {row.id: row.parent for row in known.values()}
    rules.check_department(event.name, event.kind, rules.above(parent, parents), department)
    rules.check_order(event.order)
    _check_depth_below(department, parent, parents)
    if was is not None:
        scopes = Role.objects.filter(ended_at=None).values_list("scope", flat=True)
        rules.check_scopes_kept(was.parent, parent, parents, [scope or () for scope in scopes])
    if not event.closed and any(
        (row.name, row.parent, row.bureau, row.closed) == (event.name, parent, event.bureau, False)
        for row in known.values()
        if row.id != department
    ):
        raise DataError("department-known", "There is a department of this name there already.")
    if event.closed:
        _check_empty(department, known)


def _check_depth_below(department: UUID, parent: UUID | None, parents: dict[UUID, UUID | None]) -> None:
    """Moving a department moves all below it."""
    moved = parents | {department: parent}
    if any(
        len(rules.above(one, moved)) > rules.DEEPEST for one in moved if department in rules.above(one, moved)
    ):
        raise DataError(
            "department", "Departments lie at most {deepest} deep, none above itself.", deepest=rules.DEEPEST
        )


def _check_empty(department: UUID, known: dict[UUID, Department]) -> None:
    has_below = any(row.parent == department and not row.closed for row in known.values())
    if has_below or Post.objects.filter(department=department, until=None).exists():
        raise DataError(
            "department-in-use", "Somebody works in this department, or another one lies below it."
        )


@applies(events.DepartmentSet)
def apply_department(event: events.DepartmentSet, stamp: Stamp) -> None:
    Department.objects.update_or_create(
        id=event.department,
        defaults={
            "bureau": event.bureau,
            "parent": event.parent,
            "kind": event.kind,
            "name": event.name,
            "order": event.order,
            "closed": event.closed,
            "entry": stamp.index,
        },
    )


@checks_many(events.PersonAdded)
def check_persons(stamped: list[tuple[events.PersonAdded, Stamp]]) -> None:
    ids = {event.person for event, _ in stamped}
    if len(ids) < len(stamped) or Person.objects.filter(id__in=ids).exists():
        raise DataError("person-known", "This person has been added already.")


@applies(events.PersonAdded)
def apply_person(event: events.PersonAdded, stamp: Stamp) -> None:
    Person.objects.create(id=event.person, entry=stamp.index, **_told(stamp))


@checks(events.PersonDescribed)
def check_described(event: events.PersonDescribed, stamp: Stamp) -> None:
    check_known(event.person)


@applies(events.PersonDescribed)
def apply_described(event: events.PersonDescribed, stamp: Stamp) -> None:
    # `entry` stays that of the person: this one is in the ledger under the same subject.
    Person.objects.filter(id=event.person).update(**_told(stamp))


def _told(stamp: Stamp) -> Any:
    return {name: str(stamp.personal.get(name, ""))[:100] for name in Person.PERSONAL}


def check_known(person: str) -> None:
    if not Person.objects.filter(id=person).exists():
        raise DataError("person-unknown", "No such person has been added to the ledger.")


Taken = list[tuple[events.PostTaken, Stamp]]


@checks_many(events.PostTaken)
def check_taken(stamped: Taken) -> None:
    for event, stamp in stamped:
        rules.check_post(event.rank, date.fromisoformat(event.since), day_of(stamp.at))
    departments = {event.department for event, _ in stamped}
    if Department.objects.filter(id__in=departments, closed=False).count() < len(departments):
        raise DataError("department-unknown", "There is no such department, or it is closed.")
    _check_free(stamped)
    posts = {event.post for event, _ in stamped}
    if len(posts) < len(stamped) or Post.objects.filter(id__in=posts).exists():
        raise DataError("post-known", "This post has been taken already.")


def _check_free(stamped: Taken) -> None:
    """Each is known, and has no post on that day, nor another one of these."""
    since = {event.person: date.fromisoformat(event.since) for event, _ in stamped}
    if Person.objects.filter(id__in=since).count() < len(since):
        raise DataError("person-unknown", "No such person has been added to the ledger.")
    held = Post.objects.filter(person__in=since).values_list("person", "until")
    if len(since) < len(stamped) or any(until is None or until > since[str(one)] for one, until in held):
        raise DataError("post-held", "The person has a post on that day: it must be left first.")


@applies(events.PostTaken)
def apply_taken(event: events.PostTaken, stamp: Stamp) -> None:
    waiting.made(Department, UUID(event.department))
    Post.objects.create(
        id=event.post,
        person=event.person,
        department=event.department,
        rank=event.rank,
        since=date.fromisoformat(event.since),
        entry=stamp.index,
    )


@checks(events.PostLeft)
def check_left(event: events.PostLeft, stamp: Stamp) -> None:
    post = Post.objects.filter(id=event.post, until=None).first()
    if post is None:
        raise DataError("post-unknown", "There is no such post, or it has been left.")
    rules.check_leave(event.reason, post.since, date.fromisoformat(event.until), day_of(stamp.at))


@applies(events.PostLeft)
def apply_left(event: events.PostLeft, stamp: Stamp) -> None:
    """What was held there ends with it."""
    post = Post.objects.get(id=event.post)
    Post.objects.filter(id=event.post).update(until=date.fromisoformat(event.until), reason=event.reason)
    ended = Role.objects.filter(person=post.person, ended_at=None)
    if event.reason not in rules.GONE:
        ended = ended.exclude(role="officer")
    ended.update(ended_at=stamp.at, ended_by=stamp.actor, reason=f"post-left: {event.reason}")
    for end in ("giver", "receiver"):
        live = Delegation.objects.filter(ended_at=None, until__gt=stamp.at, **{end: post.person})
        live.update(ended_at=stamp.at)
