"""Rules in force (管理办法) that I have not confirmed."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.catalogue.services import regulations
from zhilu.server.pages.services.tasks.desk import FEW, Card, Desk


def unread(desk: Desk) -> Card | None:
    found = regulations.unread(desk.rights.person, desk.today)
    if not found:
        return None
    return Card(
        "waits",
        _("Rules to read"),
        len(found),
        _("In force, and not confirmed by you."),
        reverse("regulations"),
        _("All rules"),
        [(f"{one.title} · {one.since}", reverse("regulations")) for one in found[:FEW]],
    )
