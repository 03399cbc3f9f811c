"""Recorders of my scope that cannot be used now: in repair, lost, not enrolled."""

from __future__ import annotations

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Equipment, Recorder
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.words import RECORDER_STATES

OUT_OF_USE = ("repair", "lost")


def out_of_use(desk: Desk) -> Card | None:
    state = Recorder.objects.filter(kid=OuterRef("kid")).values("state")[:1]
    owned = Equipment.objects.filter(desk.rights.within("equipment-keeper"), kind="recorder")
    rows = owned.annotate(state=Subquery(state)).filter(Q(state__in=OUT_OF_USE) | Q(kid=None))
    found = list(rows.order_by("serial")[: MOST + 1])
    if not found:
        return None
    return Card(
        "waits",
        _("Recorders out of use"),
        len(found),
        _("In repair, lost, or registered and not enrolled yet."),
        reverse("recorders"),
        _("All recorders"),
        [(f"{one.serial} · {RECORDER_STATES.get(one.state, _('not enrolled'))}", "") for one in found[:FEW]],
    )
