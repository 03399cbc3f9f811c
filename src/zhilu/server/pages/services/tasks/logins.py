"""Persons with a role and no login."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.organisation.models import Person, Role, User
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk


def missing(desk: Desk) -> Card | None:
    """The system administrator makes logins, the security administrator sees who waits for one."""
    held = Role.objects.filter(ended_at=None).values("person")
    having = User.objects.values("person")
    found = list(Person.objects.filter(Q(id__in=held) & ~Q(id__in=having)).order_by("entry")[: MOST + 1])
    if not found:
        return None
    makes = "system-administrator" in desk.rights.roles
    says = _("They have a role, and cannot sign in.")
    if not makes:
        says = _("They have a role, and cannot sign in: the system administrator makes logins.")
    return Card(
        "waits",
        _("Persons without a login"),
        len(found),
        says,
        reverse("accounts") if makes else "",
        _("All accounts") if makes else "",
        [(str(one), reverse("account-of", args=[one.id]) if makes else "") for one in found[:FEW]],
    )
