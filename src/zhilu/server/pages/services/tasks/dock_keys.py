"""Security keys from the stations that wait for the administrator's word."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.equipment.services import dock_keys
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk


def waiting(desk: Desk) -> Card | None:
    found = list(dock_keys.waiting()[: MOST + 1])
    if not found:
        return None
    told = names(one.person for one in found[:FEW])
    return Card(
        "waits",
        _("Dock keys to confirm"),
        len(found),
        _("Somebody made a security key at a station. It counts only after you have confirmed it."),
        reverse("dock-keys"),
        _("All dock keys that wait"),
        [(told.get(str(one.person), ""), reverse("dock-key", args=[one.id])) for one in found[:FEW]],
    )
