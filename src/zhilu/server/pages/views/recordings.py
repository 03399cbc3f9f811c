from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.organisation.services.people import officers
from zhilu.server.pages.services import keyset, recordings
from zhilu.server.pages.services.recordings import Filters
from zhilu.server.pages.services.rights import needs, rights, sees_others
from zhilu.server.pages.words import ORIGINS


@require_safe
@needs("recordings")
def index(request: HttpRequest) -> HttpResponse:
    filters = Filters.read(request.GET)
    query = recordings.filtered(recordings.visible(rights(request)), filters)
    page = keyset.newest_first(query, "opened_at", request.GET.get("older", ""))
    asked = request.GET.copy()
    asked.pop("older", None)
    context = {
        "rows": recordings.rows(page.rows),
        "older": page.older,
        "is_first": not request.GET.get("older"),
        "asked": asked.urlencode(),
        "filters": filters,
        "is_filtered": filters != Filters(),
        "officers": officers() if sees_others(request) else [],
        "origins": ORIGINS,
    }
    return render(request, "pages/recordings.html", context)


urls = [path("recordings", index, name="recordings")]
