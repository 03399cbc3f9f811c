from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.server.evidence.models import Copy, KeyRelease, Screenshot, Viewing
from zhilu.server.ledger.clock import now
from zhilu.server.pages.services import list_pages, viewings
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.services.rights import needs, rights
from zhilu.server.pages.services.viewing_list import VIEWINGS

MOST = 200
"""Of releases, pictures and copies of one viewing on its page."""


@require_safe
@needs("viewings")
def index(request: HttpRequest) -> HttpResponse:
    says = _(
        "Requests, decisions and reports are made in the viewing room; here stands what the ledger holds."
    )
    return list_pages.show(request, VIEWINGS, says=says)


@require_safe
@needs("viewings")
def detail(request: HttpRequest, viewing: UUID) -> HttpResponse:
    found = get_object_or_404(viewings.visible(rights(request)), id=viewing)
    asker = Asker(request)
    return render(request, "pages/viewing.html", {"viewing": found} | _lists(found, asker))


def _lists(viewing: Viewing, asker: Asker) -> dict[str, Any]:
    decisions = list(viewing.decisions.order_by("id"))
    people = asker.names(viewing.viewer, *(one.approver for one in decisions))
    releases = list(KeyRelease.objects.filter(viewing=viewing.id).order_by("id")[:MOST])
    keyholder, at = settings.ZHILU.keyholder, now()
    return {
        "row": {
            "state": viewings.state_of(viewing, len(decisions), len(releases), at),
            "report": viewings.report_of(viewing, at),
            "viewer": people.get(str(viewing.viewer), ""),
        },
        "decisions": [(one, people.get(str(one.approver), "")) for one in decisions],
        "spans": list(viewing.spans.order_by("id")),
        "report": viewing.reports.order_by("id").first() if viewing.kind == "urgent" else None,
        "releases": releases,
        "pictures": list(Screenshot.objects.filter(viewing=viewing.id).order_by("id")[:MOST]),
        "copies": list(Copy.objects.filter(viewing=viewing.id).order_by("id")[:MOST]),
        "room": keyholder.room if keyholder and viewing.viewer == asker.rights.person else "",
    }


urls = [
    path("viewings", index, name="viewings"),
    path("viewings/<uuid:viewing>", detail, name="viewing"),
]
