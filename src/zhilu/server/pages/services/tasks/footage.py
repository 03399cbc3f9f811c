"""Recordings that were drawn and wait for a review."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.pages.services import drawn_list
from zhilu.server.pages.services.tasks.desk import MOST, Card, Desk


def drawn(desk: Desk) -> Card | None:
    count = drawn_list.waiting(desk.rights)[: MOST + 1].count()
    if not count:
        return None
    says = _("Drawn at random or chosen by a rule: watch them and answer the checklist.")
    link = _("To the queue")
    return Card("waits", _("Recordings drawn for review"), count, says, reverse("footage-reviews"), link)
