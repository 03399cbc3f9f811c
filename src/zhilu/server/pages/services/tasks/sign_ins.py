"""What the access log says of the last day: failed sign-ins, refused pages."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.organisation.models import AccessRow
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk

DAY = timedelta(days=1)
SIGNING_IN = ("sign-in", "second-factor")


def failed(desk: Desk) -> Card | None:
    found = list(_refused(desk).filter(action__in=SIGNING_IN)[: MOST + 1])
    if not found:
        return None
    sources = Counter(row.address for row in found).most_common(FEW)
    return Card(
        "wrong",
        _("Failed sign-ins of the last day"),
        len(found),
        _("By address; five failures lock an account for 15 minutes."),
        reverse("log", args=["access"]) + "?kind=sign-in&success=no",
        _("In the access log"),
        [(f"{address or '—'} · {count}", "") for address, count in sources],
    )


def refused(desk: Desk) -> Card | None:
    found = list(_refused(desk).exclude(action__in=SIGNING_IN)[: MOST + 1])
    if not found:
        return None
    people = Counter(row.person for row in found if row.person).most_common(FEW)
    told = names([person for person, _count in people])
    return Card(
        "wrong",
        _("Pages refused on the last day"),
        len(found),
        _("Who asked for what is not his to see, or what does not exist."),
        reverse("log", args=["access"]) + "?success=no",
        _("In the access log"),
        [(f"{told.get(str(person), '—')} · {count}", "") for person, count in people],
    )


def _refused(desk: Desk) -> QuerySet[AccessRow]:
    return AccessRow.objects.filter(at__gt=desk.at - DAY, success=False).order_by("-id")
