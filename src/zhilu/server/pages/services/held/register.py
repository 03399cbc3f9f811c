"""Who somebody is here: posts, rights, keys, training, recorders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Assignment, DockCredential, Finger, Issue, Recorder, Station
from zhilu.server.organisation.models import Credential, Delegation, Person, Post, Role, User
from zhilu.server.organisation.services.people import paths
from zhilu.server.pages.services.held.part import Cells, entry
from zhilu.server.pages.templatetags.zhilu import day_before, said
from zhilu.server.training.models import Course, Result


def person(person: UUID) -> list[Any]:
    """Rows of several tables: few of each."""
    return [
        *Person.objects.filter(id=person),
        *Post.objects.filter(person=person).order_by("-since"),
        *Role.objects.filter(person=person).order_by("-at"),
        *Delegation.objects.filter(receiver=person).order_by("-since"),
        *User.objects.filter(person=person),
        *Credential.objects.filter(person=person).order_by("-at"),
        *DockCredential.objects.filter(person=person).order_by("-entry"),
        *Finger.objects.filter(person=person).order_by("-id"),
    ]


def of_person(person: UUID, rows: Sequence[Any]) -> Iterable[Cells]:
    places = paths()
    for one in rows:
        match one:
            case Person():
                yield [_("Name and number"), f"{one} {one.number}".strip(), "", "", entry(one.entry)]
            case Post():
                words = f"{places.get(one.department, '—')} · {said(one.rank, 'rank')}"
                yield [_("Post"), words, one.since, day_before(one.until), entry(one.entry)]
            case Role():
                covers = _(", ").join(places.get(UUID(place), "—") for place in one.scope or [])
                words = f"{said(one.role, 'role')}{f' · {covers}' if covers else ''}"
                yield [_("Role"), words, one.at, one.ended_at, entry(one.entry)]
            case Delegation():
                words = said(one.role, "role")
                yield [
                    _("Role handed on to you"),
                    words,
                    one.since,
                    one.ended_at or one.until,
                    entry(one.entry),
                ]
            case User():
                yield [_("Login"), one.username, one.created, "", ""]
            case Credential():
                words = _("revoked") if one.revoked else _("registered")
                yield [_("Security key of the viewing room"), words, one.at, "", entry(one.entry)]
            case DockCredential():
                yield [_("Dock key"), one.rp_id, "", "", entry(one.entry)]
            case Finger():
                yield [
                    _("Finger enrolled at a station"),
                    said(one.finger, "finger"),
                    "",
                    "",
                    entry(one.entry),
                ]


def training(person: UUID) -> Any:
    return Result.objects.filter(person=person).order_by("-held_on", "-at")


def of_training(person: UUID, rows: Sequence[Result]) -> Iterable[Cells]:
    courses = Course.objects.in_bulk({one.course for one in rows})
    for one in rows:
        state = _("withdrawn") if one.withdrawn_at else _("passed") if one.passed else _("not passed")
        course = str(courses.get(one.course, one.course))
        yield [course, one.held_on, day_before(one.until), one.score, state, one.note, entry(one.entry)]


def recorders(person: UUID) -> list[Any]:
    issued = Issue.objects.filter(person=person).order_by("-at")
    ordered = Assignment.objects.filter(officer=person).order_by("-at")
    return sorted([*issued, *ordered[:1000]], key=lambda one: one.at, reverse=True)


def of_recorders(person: UUID, rows: Sequence[Issue | Assignment]) -> Iterable[Cells]:
    known = Recorder.objects.filter(kid__in={one.recorder for one in rows})
    serials = dict(known.values_list("kid", "serial"))
    stations = dict(Station.objects.values_list("kid", "name"))
    for one in rows:
        serial = serials.get(one.recorder, one.recorder)
        if isinstance(one, Issue):
            yield [serial, _("issued to you"), one.at, one.returned_at, "", entry(one.entry)]
        else:
            place = f"{stations.get(one.station, '')} · {one.bay}"
            words = _("assigned to you for a drill") if one.drill else _("assigned to you")
            yield [serial, words, one.at, "", place, entry(one.entry)]
