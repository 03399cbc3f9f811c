"""The newest downloads of evidence and lists."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.organisation.models import AccessRow
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing

WEEK = timedelta(days=7)
FILES = Q(action="export") | Q(action="GET", target__endswith=".zip")


def newest(desk: Desk) -> Card | None:
    rows = AccessRow.objects.filter(FILES, at__gt=desk.at - WEEK, success=True)
    found = list(rows.order_by("-id")[: MOST + 1])
    if not found:
        return None
    told = names({row.person for row in found[:FEW]})
    return Card(
        "known",
        _("Files taken out in the last seven days"),
        len(found),
        _("Evidence packages and lists that were downloaded."),
        reverse("log", args=["access"]),
        _("In the access log"),
        [(f"{beijing(row.at)} · {told.get(str(row.person), '—')} · {row.target}", "") for row in found[:FEW]],
    )
