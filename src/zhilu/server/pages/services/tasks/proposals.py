"""What officers propose to change in the catalogue (征求意见), and a draft that waits."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.server.catalogue.models import Change
from zhilu.server.catalogue.services import drafts
from zhilu.server.pages.services.tasks.desk import FEW, Card, Desk


def undecided(desk: Desk) -> Card | None:
    found = drafts.open_proposals()
    if not found:
        return None
    return Card(
        "waits",
        _("Proposals to decide"),
        len(found),
        _("Officers propose to change the catalogue; each is adopted or declined once, with a reason."),
        reverse("proposals"),
        _("All proposals"),
        [(one.procedure or _("a new procedure"), reverse("proposals")) for one in found[:FEW]],
    )


def draft(desk: Desk) -> Card | None:
    changes = Change.objects.count()
    if not changes:
        return None
    says = _("The next version of the catalogue has changes that are not in force.")
    link = _("To the draft")
    return Card("waits", _("Draft of the catalogue"), changes, says, reverse("catalogue-draft"), link)
