"""Notices of the city that nobody here has confirmed."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.catalogue import rules_notices
from zhilu.server.catalogue.services import notices
from zhilu.server.pages.services.tasks.desk import FEW, Card, Desk


def waiting(desk: Desk) -> Card | None:
    found = notices.unconfirmed()
    if not found:
        return None
    late = any(rules_notices.is_late(one.reply_by, None, desk.today) for one in found)
    return Card(
        "late" if late else "waits",
        _("Notices of the city to confirm"),
        len(found),
        _("The city bureau waits for somebody who leads this bureau, or a unit of it."),
        reverse("notices"),
        _("All notices"),
        [(str(one), reverse("notice", args=[one.id])) for one in found[:FEW]],
    )
