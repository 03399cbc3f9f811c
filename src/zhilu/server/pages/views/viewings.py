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
from zhilu.server.pages.services import list_pages, seen, viewings
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.services.rights import needs, rights
from zhilu.server.pages.services.viewing_list import VIEWINGS

MOST, MOST_OF_ALL = 200, 10_000
"""Of releases, pictures and copies of one viewing on its page: the newest, or all that anybody would read."""
MADE = {"releases": KeyRelease, "pictures": Screenshot, "copies": Copy}


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
    context = {"viewing": found} | _lists(found, asker, MOST_OF_ALL if "all" in request.GET else MOST)
    seen.listed(request, {one.recording for one in context["spans"]})
    return render(request, "pages/viewing.html", context)


def _lists(viewing: Viewing, asker: Asker, most: int) -> dict[str, Any]:
    decisions = list(viewing.decisions.order_by("id"))
    people = asker.names(viewing.viewer, *(one.approver for one in decisions))
    made = {name: _newest(table, viewing, most) for name, table in MADE.items()}
    keyholder, at = settings.ZHILU.keyholder, now()
    return {
        "row": {
            "state": viewings.state_of(viewing, len(decisions), len(made["releases"]), at),
            "report": viewings.report_of(viewing, at),
            "viewer": people.get(str(viewing.viewer), ""),
        },
        "decisions": [(one, people.get(str(one.approver), "")) for one in decisions],
        "spans": list(viewing.spans.order_by("id")),
        "report": viewing.reports.order_by("id").first() if viewing.kind == "urgent" else None,
        "is_cut": any(len(rows) > most for rows in made.values()),
        "most": most,
        **{name: rows[:most] for name, rows in made.items()},
        "room": keyholder.room if keyholder and viewing.viewer == asker.rights.person else "",
    }


def _newest(table: Any, viewing: Viewing, most: int) -> list[Any]:
    """One more than are shown, where there are more."""
    return list(table.objects.filter(viewing=viewing.id).order_by("-id")[: most + 1])


urls = [
    path("viewings", index, name="viewings"),
    path("viewings/<uuid:viewing>", detail, name="viewing"),
]
