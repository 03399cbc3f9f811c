from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.pages.services import recorders
from zhilu.server.pages.services.rights import needs


@require_safe
@needs("recorders")
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/recorders.html", {"rows": recorders.rows()})


@require_safe
@needs("recorders")
def detail(request: HttpRequest, kid: str) -> HttpResponse:
    """What is missing of one recorder."""
    row = next((row for row in recorders.rows() if row.recorder.kid == kid), None)
    if row is None:
        raise Http404
    context = {"row": row, "found": recorders.found(kid), "awaited": recorders.awaited(kid)}
    return render(request, "pages/recorder.html", context)


urls = [
    path("recorders", index, name="recorders"),
    path("recorders/<str:kid>", detail, name="recorder"),
]
