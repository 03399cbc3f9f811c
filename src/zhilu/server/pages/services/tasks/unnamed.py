"""Recordings that no act names yet and nobody set aside, with the time by which the kiosk asks for their
statement.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.evidence.models import Recording
from zhilu.server.pages.services.recordings import undescribed
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.services.tasks.statements import LATE
from zhilu.server.pages.templatetags.zhilu import beijing


def own(desk: Desk) -> Card | None:
    """Mine, and those that I was told to describe; the oldest first."""
    me = desk.rights.person
    return _card(
        Recording.objects.filter(Q(officer=me) | Q(assigned=me)),
        desk,
        _("Recordings without an act"),
        _("Open an act from each in which you enforced something, and write its statement."),
    )


def of_unit(desk: Desk) -> Card | None:
    return _card(
        Recording.objects.filter(desk.rights.within("unit-head")),
        desk,
        _("Recordings of the unit without an act"),
        _("Tell somebody to describe them, or say that there is nothing to describe."),
    )


def _card(recordings: QuerySet[Recording], desk: Desk, title: str, says: str) -> Card | None:
    waiting = undescribed(recordings).order_by("opened_at", "id")
    found = list(waiting.values_list("id", "opened_at")[: MOST + 1])
    if not found:
        return None
    line = _("%(at)s · due %(due)s")
    return Card(
        "late" if found[0][1] < desk.at - LATE else "waits",
        title,
        len(found),
        says,
        reverse("work-recordings"),
        _("All recordings to describe"),
        [
            (
                line % {"at": beijing(at)[:16], "due": beijing(at + LATE)[5:16]},
                reverse("recording", args=[one]),
            )
            for one, at in found[:FEW]
        ],
    )
