"""What was found against another bureau's ledger or data. The system administrator has it among the alarms;
who answers for the bureau, and who watches over it, must not read at home that nothing is wrong.
"""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.equipment.models import Alarm
from zhilu.server.equipment.rules import OPEN_ALARM
from zhilu.server.federation.services import neighbours
from zhilu.server.organisation.services.people import bureau_names
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing, said


def doubted(desk: Desk) -> Card | None:
    """Until the alarm is handled."""
    rows = Alarm.objects.filter(code__startswith="neighbour-", state__in=OPEN_ALARM)
    found = list(rows.order_by("-last_at")[: MOST + 1])
    if not found:
        return None
    url, names = reverse("federation"), bureau_names(*{one.about for one in found[:FEW]})
    return Card(
        "wrong",
        _("Other bureaus' ledgers"),
        len(found),
        _("Something was found there. It stays here until an administrator has written how it was handled."),
        url,
        _("Other bureaus' ledgers"),
        [
            (f"{beijing(one.last_at)} · {names[one.about]} · {said(one.code, 'alarm')}", url)
            for one in found[:FEW]
        ],
    )


def to_part(desk: Desk) -> Card | None:
    """A system administrator has asked to end a neighbourhood."""
    found = neighbours.all_asked()
    if not found:
        return None
    names = bureau_names(*{one.bureau for one in found})
    return Card(
        "waits",
        _("Neighbourhoods to end"),
        len(found),
        _("A system administrator has asked for it. It lapses after seven days."),
        reverse("federation"),
        _("Other bureaus' ledgers"),
        [
            (f"{beijing(one.at)} · {names[one.bureau]}", reverse("federation-part", args=[one.bureau]))
            for one in found[:FEW]
        ],
    )
