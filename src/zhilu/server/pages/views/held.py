from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from zhilu.server.ledger.clock import today
from zhilu.server.pages.services import audit_lines, audits, exports, lists
from zhilu.server.pages.services.held import PARTS, Part, filled
from zhilu.server.pages.services.held.part import entry
from zhilu.server.pages.services.rights import person_of, rights
from zhilu.server.tabular import MOST_ROWS_OUT

DAYS, MOST_DAYS = 92, 366
TRACES = {
    "accesses": (
        gettext_lazy("Who opened what is yours"),
        gettext_lazy(
            "What others opened of your recordings and acts, in pages, lists, files, and entered of you."
        ),
        audits.on_person,
    ),
    "deeds": (
        gettext_lazy("What you did here"),
        gettext_lazy("Pages, lists, exports and entries of your own."),
        audits.by_person,
    ),
}
"""Parts that come from the logs, for some days at a time."""


@require_safe
@login_required
def held(request: HttpRequest) -> HttpResponse:
    """All that is held about whoever asks; of nobody else. One part at a time."""
    code = request.GET.get("part", "person")
    tabs = [(one.code, one.title) for one in PARTS.values()]
    tabs += [(name, title) for name, (title, _says, _of) in TRACES.items()]
    context = {"tabs": tabs, "code": code, "may_ask": "viewer" in rights(request).roles}
    if code in TRACES:
        return _traces(request, code, context)
    if code not in PARTS:
        raise Http404
    part, person = PARTS[code], person_of(request)
    found = part.found(person)
    if exports.wanted(request):
        return _file(request, part, found)
    shown = lists.page(request, found)
    rows = filled(part, person, list(shown["page"].object_list))
    context |= {"part": part, "rows": rows, "title": part.title, "says": part.says, "header": part.header}
    return render(request, "pages/held.html", {**context, **shown})


def _file(request: HttpRequest, part: Part, found: Any) -> HttpResponse:
    person = person_of(request)
    rows = (line for chunk in exports.in_chunks(found) for line in filled(part, person, chunk))
    header = [str(one) for one in part.header]
    return exports.xlsx(request, f"held-{part.code}", str(part.title), header, rows)


def _traces(request: HttpRequest, code: str, context: dict[str, Any]) -> HttpResponse:
    title, says, of_person = TRACES[code]
    days = audits.Days(*lists.days(request.GET, DAYS, MOST_DAYS, today()))
    header = [_("At"), _("Who"), _("What"), _("More"), _("Entry")]
    asked = of_person(person_of(request), days)
    wanted = exports.wanted(request)
    cut = audits.page(asked, request.GET.get("older", ""), MOST_ROWS_OUT if wanted else audits.SIZE)
    rows = [
        [
            one.at,
            one.who,
            _what(one),
            one.more,
            entry(one.index),
        ]
        for one in audit_lines.lines(cut.traces, asked)
    ]
    if wanted:
        return exports.xlsx(request, f"held-{code}", str(title), header, rows)
    kept = f"part={code}&first={days.first}&last={days.last}"
    context |= {"title": title, "says": says, "header": header, "rows": rows, "days": days}
    context |= {"older": cut.older, "is_first": not request.GET.get("older"), "asked": kept}
    return render(request, "pages/held.html", context)


def _what(line: audit_lines.Line) -> str:
    return f"{line.what} · {_('refused')}" if line.refused else line.what


urls = [path("me", held, name="held")]
