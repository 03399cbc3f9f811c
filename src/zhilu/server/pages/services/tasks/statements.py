"""Acts whose statement lacks some of the seven elements, or has none yet."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.evidence.models import Act, ActOfficer
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.services.work_lists import headed
from zhilu.server.pages.templatetags.zhilu import beijing

LATE = timedelta(days=3)


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
        [(_said(act), reverse("statement", args=[act.id])) for act in found[:FEW]],
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


def to_confirm(desk: Desk) -> Card | None:
    """Complete ones that the unit's head has not confirmed."""
    found = list(
        headed(desk.rights).filter(confirmed=False, present=7).order_by("opened_at", "id")[: MOST + 1]
    )
    if not found:
        return None
    return Card(
        "waits",
        _("Statements to confirm"),
        len(found),
        _("Statements of your departments that are complete and that you have not confirmed."),
        f"{reverse('work-statements')}?complete=whole",
        _("All statements to confirm"),
        [(_said(act), reverse("act", args=[act.id])) for act in found[:FEW]],
    )


def unfinished(acts: QuerySet[Act]) -> QuerySet[Act]:
    """The oldest first."""
    return acts.filter(present__lt=7).order_by("opened_at", "id")


def _said(act: Act) -> str:
    return f"{beijing(act.opened_at)[:16]} · {act.procedure} {act.taxpayer}".strip()


def _tone(found: list[Act], desk: Desk) -> str:
    return "late" if found[0].opened_at < desk.at - LATE else "waits"
