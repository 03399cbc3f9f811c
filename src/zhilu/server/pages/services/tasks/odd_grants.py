"""Grants that look odd: a role of somebody who works nowhere."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.organisation.models import Post, Role
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import said


def without_post(desk: Desk) -> Card | None:
    working = Post.objects.filter(until=None).values("person")
    found = list(Role.objects.filter(ended_at=None).exclude(person__in=working).order_by("id")[: MOST + 1])
    if not found:
        return None
    told = names({one.person for one in found[:FEW]})
    return Card(
        "wrong",
        _("Roles of people without a post"),
        len(found),
        _("They hold a right and work in no department: withdraw it, or have the post entered."),
        reverse("grants"),
        _("Who may do what"),
        [
            (
                f"{told.get(str(one.person), '')} · {said(one.role, 'role')}",
                reverse("grants-of", args=[one.person]),
            )
            for one in found[:FEW]
        ],
    )
