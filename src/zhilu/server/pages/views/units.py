"""Units as whoever watches over them sees them."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.server.ledger.clock import now, today
from zhilu.server.pages.services import exports, unit_page
from zhilu.server.pages.services.overseen import Places
from zhilu.server.pages.services.rights import needs, rights
from zhilu.server.pages.templatetags.zhilu import said


@require_safe
@needs("units")
def index(request: HttpRequest) -> HttpResponse:
    """Those that somebody watches over."""
    return render(request, "pages/units.html", {"lines": unit_page.lines(Places(rights(request)), today())})


@require_safe
@needs("units")
def unit(request: HttpRequest, department: UUID) -> HttpResponse:
    places = Places(rights(request))
    if department not in places.scope:
        raise Http404
    page = unit_page.Unit(rights(request), department, now(), places)
    if exports.wanted(request):
        header = [
            _("Person"), _("Number"), _("Department"), _("Training"), _("Recorder"), _("Last recorded"),
            _("Due today"), _("Recorded, or excused"), _("Open findings"),
        ]  # fmt: skip
        rows = (_row(one) for one in page.people)
        return exports.xlsx(request, "unit", _("People of the unit"), header, rows)
    return render(request, "pages/unit.html", {"unit": page, "months": page.months})


def _row(one: unit_page.Member) -> list[object]:
    person = one.person
    named = [str(person), person.number, one.department, said(one.fit, "fitness"), person.serial or ""]
    return [*named, person.recorded_at, one.due, one.done, one.asked]


urls = [
    path("unit", index, name="units"),
    path("unit/<uuid:department>", unit, name="unit"),
]
