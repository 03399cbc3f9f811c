from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.organisation.models import AccessBatch, AccessRow
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services.keyset import SIZE
from zhilu.server.pages.services.rights import needs


@require_safe
@needs("access")
def index(request: HttpRequest) -> HttpResponse:
    """The access log, newest first, and up to where the ledger covers it."""
    below = request.GET.get("below", "")
    query = AccessRow.objects.order_by("-id")
    if below.isascii() and below.isdigit() and len(below) < 19:
        query = query.filter(id__lt=int(below))
    rows = list(query[: SIZE + 1])
    people = names({row.person for row in rows if row.person})
    batch = AccessBatch.objects.order_by("-last").first()
    context = {
        "rows": [(row, people.get(str(row.person), "")) for row in rows[:SIZE]],
        "older": rows[SIZE - 1].id if len(rows) > SIZE else None,
        "is_first": not below,
        "batch": batch,
    }
    return render(request, "pages/access.html", context)


urls = [
    path("access", index, name="access"),
]
