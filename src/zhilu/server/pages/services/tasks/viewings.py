"""Viewings that were asked for and not decided on."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from zhilu.server.evidence.models import Recording, Viewing, ViewingSpan
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing
from zhilu.server.pages.words import PURPOSES


def undecided(desk: Desk) -> Card | None:
    """In the viewing room they are decided, with a security key; nobody decides on his own."""
    here = Recording.objects.filter(desk.rights.within("approver")).values("id")
    asked = Viewing.objects.filter(approved=None, expires__gt=desk.at).exclude(viewer=desk.rights.person)
    asked = asked.filter(id__in=ViewingSpan.objects.filter(recording__in=here).values("viewing"))
    found = list(asked.order_by("requested")[: MOST + 1])
    if not found:
        return None
    room = settings.ZHILU.keyholder.room if settings.ZHILU.keyholder else ""
    return Card(
        "waits",
        _("Viewings to decide"),
        len(found),
        _("Asked for and neither approved nor refused. You decide in the viewing room, with your key."),
        f"{room}/" if room else "",
        _("To the viewing room") if room else "",
        [(f"{beijing(one.requested)} · {PURPOSES.get(one.purpose, one.purpose)}", "") for one in found[:FEW]],
    )
