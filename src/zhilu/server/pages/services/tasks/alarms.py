"""Alarms of the last week."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Alarm
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing, said

RECENT = timedelta(days=7)


def newest(desk: Desk) -> Card | None:
    found = list(Alarm.objects.filter(last_at__gt=desk.at - RECENT).order_by("-last_at")[: MOST + 1])
    if not found:
        return None
    return Card(
        "wrong",
        _("Alarms of the last seven days"),
        len(found),
        _("What devices say contradicts what is held, or one was refused."),
        reverse("alarms"),
        _("All alarms"),
        [(f"{beijing(one.last_at)} · {said(one.code, 'alarm')}", reverse("alarms")) for one in found[:FEW]],
    )
