from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.pages.services import exported, exports, keyset
from zhilu.server.pages.services.acts import rows, visible
from zhilu.server.pages.services.rights import needs, rights


@require_safe
@needs("acts")
def index(request: HttpRequest) -> HttpResponse:
    if exports.wanted(request):
        return exported.act_list(request, visible(rights(request)))
    page = keyset.newest_first(visible(rights(request)), "opened_at", request.GET.get("older", ""))
    context = {
        "rows": rows(page.rows),
        "older": page.older,
        "is_first": not request.GET.get("older"),
    }
    return render(request, "pages/acts.html", context)


urls = [path("acts", index, name="acts")]
