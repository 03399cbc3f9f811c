"""The list of what is missing today, for whoever watches over departments."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.server.ledger.clock import now, today
from zhilu.server.pages.services import exports, lists, seen
from zhilu.server.pages.services.rights import needs, rights
from zhilu.server.pages.services.today_page import Line, Today
from zhilu.server.pages.templatetags.zhilu import beijing, said


@require_safe
@needs("today")
def index(request: HttpRequest) -> HttpResponse:
    """Of today, or of a day before it."""
    day = lists.day(request.GET.get("day", "")) or today()
    page = Today(rights(request), now(), min(day, today()))
    if exports.wanted(request):
        return exports.xlsx(request, "today", _("What is missing today"), _header(), map(_row, page.lines))
    seen.listed(request, (one.recording.id for one in page.bare))
    return render(request, "pages/today.html", {"page_": page, "is_today": page.day == today()})


def _header() -> list[str]:
    return [
        _("Planned from"), _("To"), _("Procedure"), _("Taxpayer"), _("Place"), _("Officers"),
        _("Recorders"), _("Department"), _("State"),
    ]  # fmt: skip


def _row(one: Line) -> list[Any]:
    comma = _(", ")
    return [
        beijing(one.task.since),
        beijing(one.task.until),
        one.procedure,
        one.task.name or one.task.taxpayer,
        one.task.place,
        comma.join(one.officers),
        comma.join(one.recorders),
        one.department,
        said(one.state or "unmatched", "due-state"),
    ]


urls = [path("today", index, name="today")]
