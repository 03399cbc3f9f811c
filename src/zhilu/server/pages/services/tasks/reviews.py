"""The review of rights, twice a year."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.organisation.services import reviews
from zhilu.server.pages.services.tasks.desk import Card, Desk
from zhilu.server.pages.templatetags.zhilu import beijing


def due(desk: Desk) -> Card | None:
    """From a month before the day until it is done."""
    state = reviews.state(desk.at)
    if not state.is_open:
        return None
    says = _("Every grant is looked at and kept or withdrawn, before %(day)s.") % {"day": state.until}
    return Card(
        "late" if state.is_late else "waits",
        _("Review of rights"),
        state.grants,
        says,
        reverse("review"),
        _("To the review"),
    )


def newest(desk: Desk) -> Card | None:
    """For who reads only."""
    state = reviews.state(desk.at)
    told = _("The last one: %(at)s.") % {"at": beijing(state.last) or _("never")}
    tone = "late" if state.is_late else "known"
    return Card(tone, _("Review of rights"), state.grants, told, reverse("reviews"), _("All reviews"))
