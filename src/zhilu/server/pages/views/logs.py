from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.server.ledger.clock import today
from zhilu.server.organisation.models import AccessBatch
from zhilu.server.pages.services import exports, keyset, logs
from zhilu.server.pages.services.rights import needs
from zhilu.server.pages.templatetags.zhilu import said
from zhilu.server.tabular import MOST_ROWS_OUT


@require_safe
@needs("logs")
def index(request: HttpRequest) -> HttpResponse:
    return redirect("log", source="access")


@require_safe
@needs("logs")
def log(request: HttpRequest, source: str) -> HttpResponse:
    """One log: filters, numbers by day and kind, rows."""
    chosen = _source(source)
    filters = logs.Filters.read(request.GET, today())
    if exports.wanted(request):
        return _exported(request, chosen, filters)
    page = keyset.newest_first(
        logs.found(chosen, filters),
        chosen.time,
        request.GET.get("older", ""),
        request.GET.get("newer", ""),
        logs.SIZE,
    )
    stats = logs.statistics(chosen, filters)
    context = {
        "source": chosen,
        "groups": [
            (label, [one for one in logs.SOURCES.values() if one.group == group])
            for group, label in logs.GROUPS.items()
        ],
        "filters": filters,
        "kinds": [(kind, said(kind, chosen.table)) for kind in logs.kinds(chosen, filters)],
        "lines": logs.lines(chosen, page.rows),
        "stats": stats,
        "stat_heads": [said(kind, chosen.table) if kind else _("other") for kind in stats.kinds],
        "asked": urlencode(filters.asked),
        "older": page.older,
        "newer": page.newer,
        "batch": AccessBatch.objects.order_by("-last").first() if source == "access" else None,
    }
    return render(request, "pages/log.html", context)


def _exported(request: HttpRequest, chosen: logs.Source, filters: logs.Filters) -> HttpResponse:
    """What the filters leave, the newest first."""
    found = keyset.in_order(logs.found(chosen, filters), chosen.time)
    lines = logs.lines(chosen, list(found[: MOST_ROWS_OUT + 1]))
    header = [_("At"), _("What"), *(str(one) for one in chosen.header)]
    rows = ([line.at, line.kind, *line.cells] for line in lines)
    return exports.xlsx(request, chosen.code, str(chosen.label), header, rows)


def _source(code: str) -> logs.Source:
    if code not in logs.SOURCES:
        raise Http404
    return logs.SOURCES[code]


urls = [
    path("logs", index, name="logs"),
    path("logs/<slug:source>", log, name="log"),
]
