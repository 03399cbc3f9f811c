"""Recordings of mine that no act names yet, with the time by which the kiosk asks for their statement."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.evidence.models import Recording
from zhilu.server.pages.services.recordings import without_act
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.services.tasks.statements import LATE
from zhilu.server.pages.templatetags.zhilu import beijing


def own(desk: Desk) -> Card | None:
    """The oldest first. Drills are no enforcement: no act is made of them."""
    me = desk.rights.person
    mine = without_act(Recording.objects.filter(officer=me, drill=False))
    found = list(mine.order_by("opened_at", "id").values_list("id", "opened_at")[: MOST + 1])
    if not found:
        return None
    says = _("%(at)s · due %(due)s")
    return Card(
        "late" if found[0][1] < desk.at - LATE else "waits",
        _("Recordings without an act"),
        len(found),
        _("Open an act from each in which you enforced something, and write its statement."),
        f"{reverse('recordings')}?acts=none&officer={me}",
        _("All my recordings without an act"),
        [
            (
                says % {"at": beijing(at)[:16], "due": beijing(at + LATE)[5:16]},
                reverse("recording", args=[one]),
            )
            for one, at in found[:FEW]
        ],
    )
