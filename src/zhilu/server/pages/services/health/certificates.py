"""Certificates of recorders and stations that end soon, and devices of which none is recorded."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Certificate, Recorder, Revocation, Station
from zhilu.server.equipment.rules import IN_SERVICE
from zhilu.server.pages.services.health.finding import ATTENTION, BAD, GOOD, Finding

SOON = timedelta(days=30)
FEW = 5


def check(at: datetime) -> Finding:
    title = _("Devices' certificates")
    until = dict(Certificate.objects.values_list("kid").annotate(Max("not_after")))
    devices = _devices()
    over = [name for kid, name in devices if kid in until and until[kid] <= at]
    soon = [name for kid, name in devices if kid in until and at < until[kid] <= at + SOON]
    unknown = [name for kid, name in devices if kid not in until]
    told = [
        _("%(what)s: %(names)s.") % {"what": what, "names": _few(names)}
        for what, names in (
            (_("Ended"), over),
            (_("Ends within 30 days"), soon),
            (_("Not recorded here"), unknown),
        )
        if names
    ]
    if not told:
        says = _("No certificate of a recorder or a station ends within 30 days.")
        return Finding(GOOD, title, says)
    todos = []
    if over or soon:
        todos.append(_("Issue new ones with `zhilu pki issue` and record them under Certificates."))
    if unknown:
        todos.append(_("Record under Certificates what was issued already."))
    todo = " ".join(todos)
    return Finding(BAD if over else ATTENTION, title, " ".join(told), todo)


def _devices() -> list[tuple[str, str]]:
    """(kid, name) of those in use."""
    revoked = Revocation.objects.values("kid")
    recorders = Recorder.objects.exclude(kid__in=revoked).filter(state=IN_SERVICE)
    stations = Station.objects.exclude(kid__in=revoked)
    return [
        *stations.order_by("name").values_list("kid", "name"),
        *recorders.order_by("serial").values_list("kid", "serial"),
    ]


def _few(names: list[str]) -> str:
    told = _(", ").join(names[:FEW])
    rest = len(names) - FEW
    return told if rest <= 0 else _("%(names)s and %(count)s more") % {"names": told, "count": rest}
