"""Alarms that nobody has handled yet."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Alarm
from zhilu.server.equipment.rules import OPEN_ALARM
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing, said


def waiting(desk: Desk) -> Card | None:
    """Those that nobody has confirmed first."""
    found = list(Alarm.objects.filter(state__in=OPEN_ALARM).order_by("-state", "-last_at")[: MOST + 1])
    if not found:
        return None
    return Card(
        "wrong",
        _("Alarms that nobody has handled"),
        len(found),
        _("A device contradicts what is held or was refused, or a station needs somebody."),
        reverse("alarms"),
        _("All alarms"),
        [
            (f"{beijing(one.last_at)} · {said(one.code, 'alarm')}", reverse("alarm", args=[one.id]))
            for one in found[:FEW]
        ],
    )
