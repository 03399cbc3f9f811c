from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.ledger.clock import now
from zhilu.server.pages.services import health, lists
from zhilu.server.pages.services.health import stations
from zhilu.server.pages.services.health.finding import STATES
from zhilu.server.pages.services.rights import needs


@require_safe
@needs("health")
def index(request: HttpRequest) -> HttpResponse:
    """Is it well? The worst first."""
    at = now()
    rows = stations.rows(at)
    found = health.findings(at, rows)
    states = [one.state for one in found]
    context = lists.page(request, rows, 30) | {
        "at": at,
        "findings": found,
        "counts": {state: states.count(state) for state in STATES},
    }
    return render(request, "pages/health.html", context)


urls = [path("health", index, name="health")]
