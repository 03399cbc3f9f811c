from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.evidence import terms
from zhilu.server.pages.services import keyset, list_pages, listing, lists, seen
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.services.rights import needs
from zhilu.server.pages.services.search_list import SEARCH


@require_safe
@needs("acts")
def index(request: HttpRequest) -> HttpResponse:
    """Newest first. Without words nothing is looked for."""
    asker = Asker(request)
    asked = listing.asked(SEARCH, request.GET, asker)
    context: dict[str, Any] = {
        "words": lists.text(request.GET.get("words", "")),
        "fields": [one for one in list_pages.fields(SEARCH, asked, asker) if one.filter.code != "words"],
        "asked": listing.canonical(SEARCH, request.GET, asker),
        "may_look": bool(terms.read(request.GET.get("words", ""))),
    }
    if context["may_look"]:
        context |= _found(request, asked, asker)
    return render(request, "pages/search.html", context)


def _found(request: HttpRequest, asked: list[listing.Asked], asker: Asker) -> dict[str, Any]:
    query = listing.narrowed(SEARCH, asked, asker)
    page = keyset.newest_first(
        query, SEARCH.order, request.GET.get("older", ""), request.GET.get("newer", "")
    )
    seen.listed(request, (act.id for act in page.rows))
    return {
        "rows": SEARCH.rows(page.rows, asker),
        "older": page.older,
        "newer": page.newer,
        "counted": list_pages.counted(SEARCH, asked, query, page, asker),
    }


urls = [path("search", index, name="search")]
