"""Tasks of today that have no recording yet: mine, and those of the departments that I watch over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.ledger.clock import midnight
from zhilu.server.oversight.models import DueTaskOfficer
from zhilu.server.pages.services import overseen
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing

AHEAD = timedelta(days=2)


def own(desk: Desk) -> Card | None:
    """Of today and tomorrow."""
    begin = midnight(desk.today)
    mine = DueTaskOfficer.objects.filter(
        officer=desk.rights.person, since__gte=begin, since__lt=begin + AHEAD
    )
    tasks = overseen.tasks_between(begin, begin + AHEAD).filter(id__in=mine.values("task"))
    found = _open(tasks)
    if not found:
        return None
    return Card(
        "waits",
        _("To be recorded today and tomorrow"),
        len(found),
        _("Tasks of yours for which recording is demanded."),
        f"{reverse('held')}?part=due",
        _("All my due tasks"),
        _lines(found),
    )


def of_unit(desk: Desk) -> Card | None:
    begin = midnight(desk.today)
    here = desk.rights.within(*overseen.WATCHES)
    found = _open(overseen.tasks_between(begin, begin + timedelta(days=1)).filter(here))
    if not found:
        return None
    over = any(one.until <= desk.at for one in found)
    return Card(
        "late" if over else "waits",
        _("Due today, without a recording"),
        len(found),
        _("Tasks of your departments of which nothing has come in yet."),
        reverse("today"),
        _("What is missing today"),
        _lines(found),
    )


def _open(tasks: Any) -> list[Any]:
    undone = tasks.exclude(state__in=overseen.DONE).exclude(is_due=False)
    return list(undone.order_by("since", "id")[: MOST + 1])


def _lines(found: list[Any]) -> list[tuple[str, str]]:
    return [
        (
            f"{beijing(one.since)[5:16]} · {one.procedure} {one.name or one.taxpayer}".strip(),
            reverse("due-task", args=[one.id]),
        )
        for one in found[:FEW]
    ]
