"""What the health page says needs attention."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.pages.services import health
from zhilu.server.pages.services.health import stations
from zhilu.server.pages.services.health.finding import BAD, GOOD
from zhilu.server.pages.services.tasks.desk import FEW, Card, Desk
from zhilu.server.pages.templatetags.zhilu import said


def worst(desk: Desk) -> Card | None:
    found = [one for one in health.findings(desk.at, stations.rows(desk.at)) if one.state != GOOD]
    if not found:
        return None
    return Card(
        "wrong" if any(one.state == BAD for one in found) else "waits",
        _("Health needs attention"),
        len(found),
        _("The health page says what it means and what to do."),
        reverse("health"),
        _("To the health page"),
        [(f"{one.title} · {said(one.state, 'health')}", reverse("health")) for one in found[:FEW]],
    )
