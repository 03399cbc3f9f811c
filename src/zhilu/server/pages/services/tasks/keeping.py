"""Recorders of my scope: those that cannot be used now, and those whose holder does not fit."""

from __future__ import annotations

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Equipment, Recorder
from zhilu.server.pages.services.holders import holdings
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.words_equipment import RECORDER_STATES

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
        _("Recorders not in use"),
        len(found),
        _("In repair, lost, or registered and without a key yet."),
        reverse("recorders"),
        _("All recorders"),
        [(f"{one.serial} · {RECORDER_STATES[one.state or 'not-enrolled']}", "") for one in found[:FEW]],
    )


def unfit_holders(desk: Desk) -> Card | None:
    """Issued to one and assigned to another, or the holder works elsewhere now."""
    owned = Equipment.objects.filter(
        desk.rights.within("equipment-keeper"), kind="recorder", kid__isnull=False
    )
    found = [one for one in holdings(Q(recorder__in=owned.values("kid"))) if one.brief]
    if not found:
        return None
    return Card(
        "wrong",
        _("Recorders whose holder does not fit any more"),
        len(found),
        _("Assigned to somebody else than the holder, or the holder works elsewhere now."),
        reverse("recorders"),
        _("All recorders"),
        [
            (f"{one.serial} · {one.holder} · {_(', ').join(one.brief)}", reverse("recorder", args=[one.kid]))
            for one in found[:FEW]
        ],
    )
