from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.server.ledger.clock import now, today
from zhilu.server.organisation.models import AccessBatch
from zhilu.server.pages.services import logs
from zhilu.server.pages.services.rights import needs
from zhilu.server.pages.templatetags.zhilu import beijing, said
from zhilu.server.tabular.writing import MOST_ROWS_OUT, write

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    number = _number(request.GET.get("page", ""))
    first = (number - 1) * logs.SIZE
    rows = list(logs.found(chosen, filters)[first : first + logs.SIZE + 1])
    stats = logs.statistics(chosen, filters)
    context = {
        "source": chosen,
        "groups": [
            (label, [one for one in logs.SOURCES.values() if one.group == group])
            for group, label in logs.GROUPS.items()
        ],
        "filters": filters,
        "kinds": [(kind, said(kind, chosen.table)) for kind in logs.kinds(chosen, filters)],
        "lines": logs.lines(chosen, rows[: logs.SIZE]),
        "stats": stats,
        "stat_heads": [said(kind, chosen.table) if kind else _("other") for kind in stats.kinds],
        "asked": urlencode(filters.asked),
        "number": number,
        "has_more": len(rows) > logs.SIZE and number < logs.DEEPEST_PAGE,
        "batch": AccessBatch.objects.order_by("-last").first() if source == "access" else None,
    }
    return render(request, "pages/log.html", context)


@require_safe
@needs("logs")
def export(request: HttpRequest, source: str) -> HttpResponse:
    """What the filters leave, as a workbook, the newest first."""
    chosen = _source(source)
    filters = logs.Filters.read(request.GET, today())
    rows = list(logs.found(chosen, filters)[: MOST_ROWS_OUT + 1])
    header = [_("At"), _("What"), *(str(one) for one in chosen.header)]
    lines = logs.lines(chosen, rows[:MOST_ROWS_OUT])
    note = ""
    if len(rows) > MOST_ROWS_OUT:
        note = _("Only the newest %(most)s rows are here: ask for fewer days.") % {"most": MOST_ROWS_OUT}
    book = write(
        str(chosen.label), header, ([beijing(line.at), line.kind, *line.cells] for line in lines), note
    )
    answer = HttpResponse(book, content_type=SHEET)
    name = f"{source}-{now():%Y%m%dT%H%M%SZ}.xlsx"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _source(code: str) -> logs.Source:
    if code not in logs.SOURCES:
        raise Http404
    return logs.SOURCES[code]


def _number(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 6
    return min(max(1, int(text)), logs.DEEPEST_PAGE) if is_number else 1


urls = [
    path("logs", index, name="logs"),
    path("logs/<slug:source>", log, name="log"),
    path("logs/<slug:source>.xlsx", export, name="log-export"),
]
