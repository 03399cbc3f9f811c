"""Training: my own, and who in my scope is not fit to carry a recorder."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.pages.services import training
from zhilu.server.pages.services.tasks.desk import FEW, Card, Desk
from zhilu.server.training.services.gate import fitness


def own(desk: Desk) -> Card | None:
    """Missing now, or within 30 days."""
    mine = fitness([desk.rights.person], desk.today)[desk.rights.person]
    link = (reverse("training-mine"), _("My training"))
    if mine.missing:
        says = _("No recorder is issued or assigned to you. Missing:")
        return Card(
            "late", _("Training"), len(mine.missing), says, *link, [(one, "") for one in mine.missing]
        )
    if mine.until is not None and mine.until <= desk.today + training.SOON:
        says = _("You are fit to carry a recorder until %(day)s.") % {"day": mine.until}
        return Card("waits", _("Training"), 1, says, *link)
    return None


def unfit(desk: Desk) -> Card | None:
    found = [row for row in training.rows(desk.rights, desk.today) if row.state != training.FIT]
    if not found:
        return None
    unfit = [row for row in found if row.state == training.UNFIT]
    return Card(
        "late" if unfit else "waits",
        _("Officers to train"),
        len(found),
        _("Not fit to carry a recorder, or not for much longer."),
        reverse("training"),
        _("All officers"),
        [
            (f"{row.person} · {row.path or '—'}", reverse("training-of", args=[row.person.id]))
            for row in [*unfit, *(row for row in found if row not in unfit)][:FEW]
        ],
    )
