"""The recorder that is assigned to me now."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Assignment, Recorder, Station
from zhilu.server.pages.services.tasks.desk import Card, Desk


def own(desk: Desk) -> Card | None:
    """The newest assignment of each recorder counts."""
    newest = Assignment.objects.filter(recorder=OuterRef("recorder")).order_by("-id").values("id")[:1]
    station = Station.objects.filter(kid=OuterRef("station")).values("name")[:1]
    serial = Recorder.objects.filter(kid=OuterRef("recorder")).values("serial")[:1]
    mine = Assignment.objects.filter(officer=desk.rights.person, id=Subquery(newest)).annotate(
        place=Subquery(station), serial=Subquery(serial)
    )
    says = _("%(serial)s, bay %(bay)s of %(station)s")
    lines = [
        (says % {"serial": one.serial, "bay": one.bay, "station": one.place}, "")
        for one in mine.order_by("id")
    ]
    if not lines:
        return None
    says = _("Assigned to you. Bring it back to its own bay after duty.")
    return Card("known", _("Recorder in hand"), len(lines), says, "", "", lines)
