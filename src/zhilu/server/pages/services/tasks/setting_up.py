"""A bureau that is being set up: departments, then posts, then stations."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Exists
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Station
from zhilu.server.organisation.models import Bureau, Department, Person, Post, Role
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk


def missing(desk: Desk) -> Card | None:
    wanted = (
        (Department, _("Make the departments"), "departments"),
        (Post, _("Enter where people work"), "people"),
        (Station, _("Enrol the first station"), "stations"),
    )
    there = Bureau.objects.values_list(
        *(Exists(model.objects.all()) for model, _text, _name in wanted)
    ).first()
    known = there or (False,) * len(wanted)
    needed = [one for one, has in zip(wanted, known, strict=True) if not has]
    # A city may have no station.
    steps = [
        (text, reverse(name))
        for model, text, name in needed
        if model is not Station or settings.ZHILU.tier != "city"
    ]
    if not steps:
        return None
    title, says = _("To set up first"), _("In this order: each step needs the one before.")
    lines = [(f"{number}. {text}", url) for number, (text, url) in enumerate(steps, 1)]
    return Card("waits", title, len(steps), says, "", "", lines)


def posts(desk: Desk) -> Card | None:
    """Who has a role and works nowhere; on the first day the administrators themselves."""
    held = Role.objects.filter(ended_at=None).values("person")
    working = Post.objects.filter(until=None).values("person")
    found = Person.objects.filter(id__in=held).exclude(id__in=working).order_by("entry", "id")[: MOST + 1]
    people = list(found)
    if not people:
        return None
    return Card(
        "waits",
        _("People without a post"),
        len(people),
        _("They have a role and work in no department: enter the post, and the number."),
        reverse("people") + "?department=none",
        _("All without a post"),
        [(str(one), reverse("person", args=[one.id])) for one in people[:FEW]],
    )
