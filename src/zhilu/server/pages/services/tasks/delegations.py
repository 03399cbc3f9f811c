"""Approval handed on (代批) that ends soon."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from zhilu.server.organisation.models import Delegation
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import last_day

SOON = timedelta(days=7)


def ending(desk: Desk) -> Card | None:
    """From me or to me."""
    mine = Q(giver=desk.rights.person) | Q(receiver=desk.rights.person)
    return _card(_soon(desk).filter(mine))


def of_bureau(desk: Desk) -> Card | None:
    return _card(_soon(desk))


def _soon(desk: Desk) -> QuerySet[Delegation]:
    live = Delegation.objects.filter(ended_at=None, since__lte=desk.at, until__gt=desk.at)
    return live.filter(until__lte=desk.at + SOON).order_by("until")


def _card(query: QuerySet[Delegation]) -> Card | None:
    found = list(query[: MOST + 1])
    if not found:
        return None
    told = names({one for row in found[:FEW] for one in (row.giver, row.receiver)})
    return Card(
        "waits",
        _("Delegations about to end"),
        len(found),
        _("They end within a week; afterwards the right is the giver's alone."),
        "",
        "",
        [
            (f"{told.get(str(one.giver), '')} → {told.get(str(one.receiver), '')} · {last_day(one)}", "")
            for one in found[:FEW]
        ],
    )
