from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.server.equipment.models import Recorder
from zhilu.server.federation.services import ledgers
from zhilu.server.organisation.services.people import department_names
from zhilu.server.pages.services import exports, lists
from zhilu.server.pages.services.rights import needs
from zhilu.server.pages.services.statistics_asked import Question
from zhilu.server.pages.services.statistics_page import MOST_OFFICERS, Line, Page
from zhilu.server.pages.templatetags.zhilu import beijing, said
from zhilu.server.statistics import rules


@require_safe
@needs("statistics")
def index(request: HttpRequest) -> HttpResponse:
    question = Question(request)
    page = Page(question)
    if exports.wanted(request):
        return exports.xlsx(request, "statistics", _("Statistics"), _header(), _rows(page), _above(page))
    context: dict[str, Any] = {
        "question": question,
        "page": page,
        "officers": page.officers[:MOST_OFFICERS],
        "is_cut": len(page.officers) > MOST_OFFICERS,
        "cuts": ("day", "week", "month"),
        "classes": {code: name for _code, _name, code, name in question.listed},
        "department": page.department,
    }
    return render(request, "pages/statistics.html", context)


def _header() -> list[str]:
    numbers = [_("Recordings"), _("Hours"), _("Acts"), _("Outcomes")]
    rates = [
        f"{said(one.code, 'rate')} ({which})" for one in rules.RATES for which in (_("part"), _("whole"), "%")
    ]
    return [_("Part"), _("Name"), *numbers, *rates]


def _above(page: Page) -> Iterator[list[str]]:
    yield from page.above
    for name, at, size, _days in page.matched:
        told = _("due tasks are matched as of %(at)s, from %(size)s entries.")
        yield [_("as of"), f"{name}: {told % {'at': beijing(at), 'size': size}}"]


def _rows(page: Page) -> Iterator[list[Any]]:
    """Under the figures of each bureau the tree that they follow from."""
    yield _row(_("all"), page.whole)
    parts: list[tuple[str, list[Line]]] = [
        (_("unit"), page.units),
        (_("officer"), page.officers),
        (_("period"), page.trend),
    ]
    for name, lines in parts:
        yield from (_row(name, line) for line in lines)
    for of_class, lines in page.procedures:
        yield _row(_("class"), of_class)
        yield from (_row(_("procedure"), line) for line in lines)
    for one in page.bases:
        told = _("%(size)s entries, root %(root)s") % {"size": one.standing.size, "root": one.standing.root}
        name = page.question.bureau_names[one.bureau]
        yield [_("ledger"), f"{name}: {told} · {said(one.state, 'federation')}"]


def _row(part: str, line: Line) -> list[Any]:
    numbers = [line.numbers["recordings"], round(rules.hours(line.numbers), 4)]  # to the second, and a number
    numbers += [line.numbers["acts"], line.numbers["outcomes"]]
    told: dict[str, list[Any]] = {}
    for cell in line.cells:
        permille = cell.share.permille
        told[cell.rate.code] = [
            cell.share.part, cell.share.whole, None if permille is None else permille / 10,
        ]  # fmt: skip
    rates = [value for rate in rules.RATES for value in told.get(rate.code, [None] * 3)]
    return [part, "\u3000" * line.depth + line.name, *numbers, *rates]


@dataclass(frozen=True)
class Held:
    serial: str
    department: str
    person: str
    first: date
    last: date | None
    is_used: bool


@require_safe
@needs("statistics")
def recorders(request: HttpRequest) -> HttpResponse:
    """The recorders behind the rate of use."""
    question = Question(request)
    if not question.bureau:
        raise Http404
    rows = _held(question, request.GET.get("used") == "yes")
    if exports.wanted(request):
        header = [_("Recorder"), _("Department"), _("Issued to"), _("From"), _("To"), _("Used in the period")]
        told = [[one.serial, one.department, one.person, one.first, one.last, one.is_used] for one in rows]
        return exports.xlsx(request, "recorders-used", _("Recorders issued"), header, told)
    context = lists.page(request, rows) | {"question": question}
    return render(request, "pages/statistics_recorders.html", context)


def _held(question: Question, only_used: bool) -> list[Held]:
    figures, bureau = question.figures, question.bureau
    issues = rules.issued_in(figures.issues.get(bureau, []), question.period)
    used = figures.used[bureau]
    people = question.names({one.person for one in issues if isinstance(one.person, UUID)})
    with ledgers.of(bureau):
        serials = dict(Recorder.objects.values_list("kid", "serial"))
        places = department_names()
    rows = [
        Held(
            serials.get(one.recorder, one.recorder[:8]),
            places.get(one.department, ""),
            people.get(str(one.person), "") if one.person else "",
            one.first,
            one.last,
            one.recorder in used,
        )
        for one in issues
        if not only_used or one.recorder in used
    ]
    return sorted(rows, key=lambda one: (one.serial, one.first))


urls = [
    path("statistics", index, name="statistics"),
    path("statistics/recorders", recorders, name="statistics-recorders"),
]
