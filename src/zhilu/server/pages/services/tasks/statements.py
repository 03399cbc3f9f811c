"""Acts whose statement lacks some of the seven elements, or has none yet."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.evidence.models import Act, ActOfficer, Statement
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing

LATE = timedelta(days=3)
WHOLE = Statement.objects.filter(complete__6__isnull=False)
"""All seven are there."""


def own(desk: Desk) -> Card | None:
    mine = ActOfficer.objects.filter(officer=desk.rights.person).values("act")
    found = list(unfinished(Act.objects.filter(id__in=mine))[: MOST + 1])
    if not found:
        return None
    return Card(
        _tone(found, desk),
        _("Statements to finish"),
        len(found),
        _("Acts of yours whose seven elements are not all written down."),
        reverse("acts"),
        _("All my acts"),
        [
            (f"{beijing(act.opened_at)} · {act.procedure}", reverse("statement", args=[act.id]))
            for act in found[:FEW]
        ],
    )


def of_unit(desk: Desk) -> Card | None:
    here = desk.rights.within("unit-head")
    found = list(unfinished(Act.objects.filter(here))[: MOST + 1])
    if not found:
        return None
    return Card(
        _tone(found, desk),
        _("Statements of the unit to finish"),
        len(found),
        _("Acts of your departments whose seven elements are not all written down."),
        reverse("acts"),
        _("All acts"),
        [(_said(act), reverse("act", args=[act.id])) for act in found[:FEW]],
    )


def unfinished(acts: QuerySet[Act]) -> QuerySet[Act]:
    """The oldest first."""
    newest = Statement.objects.filter(act=OuterRef("pk")).order_by("-version").values("id")[:1]
    written = acts.annotate(newest=Subquery(newest)).filter(newest__in=WHOLE.values("id"))
    return acts.exclude(id__in=written.values("id")).order_by("opened_at", "id")


def _said(act: Act) -> str:
    return f"{beijing(act.opened_at)} · {act.procedure}"


def _tone(found: list[Act], desk: Desk) -> str:
    return "late" if found[0].opened_at < desk.at - LATE else "waits"
