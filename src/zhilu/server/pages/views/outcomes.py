"""Results of a period: outcomes, each with its act and the recordings that prove it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.server.federation.services import ledgers
from zhilu.server.pages.services import exports, lists, seen
from zhilu.server.pages.services.outcomes_page import Came, Results
from zhilu.server.pages.services.rights import needs
from zhilu.server.pages.templatetags.zhilu import beijing, said


@require_safe
@needs("statistics")
def index(request: HttpRequest) -> HttpResponse:
    page = Results(request)
    context: dict[str, Any] = {"results": page, "question": page.asked, "kind": page.asked.kind}
    if page.asked.bureau:
        above = page.above if exports.wanted(request) else []
        with ledgers.of(page.asked.bureau):
            if above:
                return _file(request, page, above)
            shown = lists.page(request, page.found(), count=page.count)
            came = page.told(list(shown["page"].object_list))
        seen.listed(request, (one.row.act.id for one in came))
        context |= shown | {"came": came}
    names = [one for one in page.asked.bureau_names.items() if one[0] == page.asked.bureau]
    context["bureau"] = names[0][1] if names and len(page.asked.bureaus) > 1 else ""
    return render(request, "pages/outcomes.html", context)


def _file(request: HttpRequest, page: Results, above: list[list[str]]) -> HttpResponse:
    header = [
        _("Outcome"), _("Amount in yuan"), _("Act opened at"), _("Procedure"), _("Taxpayer"), _("Officers"),
        _("Department"), _("Recordings"),
    ]  # fmt: skip
    rows = (
        _line(one) for chunk in exports.in_chunks(page.found()) for one in _noted(request, page.told(chunk))
    )
    return exports.xlsx(request, "results", str(_("Results")), header, rows, above)


def _noted(request: HttpRequest, came: list[Came]) -> Iterator[Came]:
    seen.listed(request, (one.row.act.id for one in came))
    yield from came


def _line(one: Came) -> list[Any]:
    fen = one.outcome.amount_fen
    return [
        said(one.outcome.kind, "outcome"),
        None if fen is None else fen / 100,
        beijing(one.row.act.opened_at),
        one.row.procedure,
        one.row.act.taxpayer,
        _(", ").join(one.row.officers),
        one.row.department,
        _(", ").join(at for at, _url in one.recordings),
    ]


urls = [path("results", index, name="outcomes")]
