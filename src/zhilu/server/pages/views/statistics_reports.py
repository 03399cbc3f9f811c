"""The monthly reports: made when they are asked for, kept by who took them; `zhilu server recompute` counts
one again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.errors import WorldError
from zhilu.server.ledger.clock import day_of, today
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services import exports, statistics_paper
from zhilu.server.pages.services.forms import said_of
from zhilu.server.pages.services.rights import needs, person_of
from zhilu.server.pages.services.statistics_asked import Question
from zhilu.server.statistics import rules
from zhilu.server.statistics.models import MONTH, Tally
from zhilu.server.statistics.services import report as reports

MONTHS = 13


@require_safe
@needs("statistics")
def index(request: HttpRequest) -> HttpResponse:
    """Months in which something is, or was."""
    question = Question(request)
    months: list[rules.Bucket] = []
    day, begun = today(), _begun(question.bureaus)
    while day >= begun and len(months) < MONTHS:
        months.append(rules.month_of(day))
        day = date.fromordinal(months[-1].first.toordinal() - 1)
    context = {"months": months, "question": question, "today": today()}
    return render(request, "pages/statistics_reports.html", context)


def _begun(bureaus: Sequence[str]) -> date:
    """The month of the first entry, or of what is counted before it: files that were imported."""
    first = Entry.objects.order_by("index").values_list("at", flat=True).first()
    months = Tally.objects.filter(bureau__in=bureaus, level="department", span=MONTH)
    counted: date | None = months.aggregate(first=Min("day"))["first"]
    known = [day_of(first) if first else None, counted]
    return min([one for one in known if one] or [today()]).replace(day=1)


@require_safe
@needs("statistics")
def as_pdf(request: HttpRequest, month: str) -> HttpResponse:
    return _file(request, month, "pdf")


@require_safe
@needs("statistics")
def as_json(request: HttpRequest, month: str) -> HttpResponse:
    return _file(request, month, "json")


def _file(request: HttpRequest, month: str, kind: str) -> HttpResponse:
    """Of what this person may count."""
    period = rules.month_of(_month(month))
    if period.first > today():
        raise Http404
    question = Question(request)
    try:
        made = reports.make(period.first, period.last, question.scope)
        data = reports.to_bytes(made)
        if kind == "pdf":
            data = statistics_paper.pdf(made, data, question.bureau_names, _me(request))
    except WorldError as error:
        messages.error(request, said_of(error))
        return redirect("statistics-reports")
    exports.log_taken(request, f".{kind}")
    answer = HttpResponse(data, content_type=f"application/{kind}")
    answer["Content-Disposition"] = f'attachment; filename="statistics-{period.first:%Y-%m}.{kind}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _month(said: str) -> date:
    if not re.fullmatch(r"2\d\d\d-(0[1-9]|1[0-2])", said, re.ASCII):
        raise Http404
    return date.fromisoformat(f"{said}-01")


def _me(request: HttpRequest) -> str:
    me: Any = person_of(request)
    return names([me]).get(str(me), "")


urls = [
    path("statistics/reports", index, name="statistics-reports"),
    path("statistics/reports/<str:month>.pdf", as_pdf, name="statistics-report-pdf"),
    path("statistics/reports/<str:month>.json", as_json, name="statistics-report-json"),
]
