"""Certificates of devices that have ended or end soon."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Certificate, Recorder, Revocation, Station
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing

SOON = timedelta(days=30)


def ending(desk: Desk) -> Card | None:
    """The newest of each device counts."""
    known = Certificate.objects.exclude(kid__in=Revocation.objects.values("kid"))
    newest = known.values_list("kid").annotate(until=Max("not_after")).order_by("until")
    found = list(newest.filter(until__lte=desk.at + SOON)[: MOST + 1])
    if not found:
        return None
    kids = [kid for kid, _until in found[:FEW]]
    named = dict(Station.objects.filter(kid__in=kids).values_list("kid", "name"))
    named |= dict(Recorder.objects.filter(kid__in=kids).values_list("kid", "serial"))
    return Card(
        "late" if found[0][1] <= desk.at else "waits",
        _("Certificates that end"),
        len(found),
        _("Ended, or ending within 30 days: without one a device is refused."),
        reverse("certificates"),
        _("All certificates"),
        [(f"{named.get(kid, kid[:12])} · {beijing(until)}", "") for kid, until in found[:FEW]],
    )
