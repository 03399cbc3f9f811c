"""Recordings that the county has logged and lost: asked for again at the stations (spec/intake.md §2)."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.evidence.models import Wanted
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing


def wanted(desk: Desk) -> Card | None:
    """By identifier: the system administrator reads no recordings. The longest lost first."""
    found = list(Wanted.objects.order_by("since", "recording")[: MOST + 1])
    if not found:
        return None
    return Card(
        "wrong",
        _("Recordings that are lost here"),
        len(found),
        _("The ledger names them, the store has them no more. The stations are asked for them again."),
        reverse("alarms"),
        _("All alarms"),
        [(f"{beijing(one.since)} · {one.recording}", "") for one in found[:FEW]],
    )
