"""Stations from which nothing has come for a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Handover, Revocation, Station, StationHealth
from zhilu.server.pages.services.tasks.desk import FEW, Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing

SILENT = timedelta(days=1)


def silent(desk: Desk) -> Card | None:
    """Neither its word on its health nor a handover."""
    last: dict[str, datetime] = dict(Handover.objects.values_list("station").annotate(Max("at")))
    for kid, at in StationHealth.objects.values_list("station", "received_at"):
        last[kid] = max(at, last.get(kid, at))
    known = Station.objects.exclude(kid__in=Revocation.objects.values("kid")).order_by("name")
    found = [one for one in known if one.kid not in last or last[one.kid] < desk.at - SILENT]
    if not found:
        return None
    return Card(
        "wrong",
        _("Silent stations"),
        len(found),
        _("Nothing was heard from there for a day."),
        reverse("health"),
        _("To the health page"),
        [(f"{one.name} · {beijing(last.get(one.kid)) or _('never')}", "") for one in found[:FEW]],
    )
