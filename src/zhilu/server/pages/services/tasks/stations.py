"""Stations from which nothing has come for days."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Handover, Revocation, Station
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing

SILENT = timedelta(days=3)


def silent(desk: Desk) -> Card | None:
    """Neither a handover nor anything else for three days."""
    last = dict(Handover.objects.values_list("station").annotate(Max("at")))
    known = Station.objects.exclude(kid__in=Revocation.objects.values("kid")).order_by("name")
    found = [one for one in known[: MOST + 1] if one.kid not in last or last[one.kid] < desk.at - SILENT]
    if not found:
        return None
    return Card(
        "wrong",
        _("Silent stations"),
        len(found),
        _("Nothing was handed over there for three days."),
        "",
        "",
        [(f"{one.name} · {beijing(last.get(one.kid)) or _('never')}", "") for one in found[:FEW]],
    )
