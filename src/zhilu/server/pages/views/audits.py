from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.encoding import as_uuid
from zhilu.errors import WorldError
from zhilu.server import paper
from zhilu.server.evidence.models import Act, Recording
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.services import proofs
from zhilu.server.organisation.models import Department, Person
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services import audit_lines, audit_paper, audits, exports, lists
from zhilu.server.pages.services.forms import said_of
from zhilu.server.pages.services.rights import needs, person_of, rights
from zhilu.server.pages.templatetags.zhilu import beijing

DAYS, MOST_DAYS = 31, 366
PEOPLE = 20
Facts = list[tuple[str, str]]


@require_safe
@needs("audit-all")
def index(request: HttpRequest) -> HttpResponse:
    """By an id, or by a person's name or number."""
    q = lists.text(request.GET.get("q", ""))
    about = as_uuid(q) if q else None
    for name, table in (("audit-recording", Recording), ("audit-act", Act), ("audit-person", Person)):
        if about and table._default_manager.filter(id=about).exists():
            return redirect(name, about)
    found = Person.objects.order_by("name", "id")
    people = list((found.filter(name__contains=q) | found.filter(number=q))[:PEOPLE]) if q else []
    return render(request, "pages/audit_index.html", {"q": q, "people": people})


@require_safe
@needs("audit")
def of_recording(request: HttpRequest, recording: UUID) -> HttpResponse:
    officer = Person.objects.filter(id=OuterRef("officer")).values("name")[:1]
    row = get_object_or_404(_placed(Recording).annotate(officer_name=Subquery(officer)), id=recording)
    _check(request, row.department)
    facts = [
        (_("Recording"), str(row.id)),
        (_("Begun"), beijing(row.opened_at)),
        (_("Officer"), row.officer_name or str(row.officer or "—")[:8]),
        (_("Department"), row.place or "—"),
    ]
    days = _days(request)
    asked = audits.of_recording(row.id, days)
    return _answer(request, _("Audit of a recording"), facts, days, asked, row.id)


@require_safe
@needs("audit")
def of_act(request: HttpRequest, act: UUID) -> HttpResponse:
    row = get_object_or_404(_placed(Act), id=act)
    _check(request, row.department)
    facts = [
        (_("Act"), str(row.id)),
        (_("Opened at"), beijing(row.opened_at)),
        (_("Procedure"), row.procedure),
        (_("Department"), row.place or "—"),
    ]
    days = _days(request)
    return _answer(request, _("Audit of an act"), facts, days, audits.of_act(row.id, days))


@require_safe
@needs("audit-all")
def of_person(request: HttpRequest, person: UUID) -> HttpResponse:
    """What he did; by `side=on`, what others did on what is his."""
    row = get_object_or_404(Person, id=person)
    facts = [(_("Person"), f"{row} {row.number}".strip())]
    days, is_on = _days(request), request.GET.get("side") == "on"
    asked = audits.on_person(row.id, days) if is_on else audits.by_person(row.id, days)
    title = _("What others did on what is his") if is_on else _("What this person did")
    more = {"person": row, "side": "on" if is_on else "by"}
    return _answer(request, title, facts, days, asked, more=more)


def _placed(table: type[Model]) -> QuerySet[Any]:
    """With the name of its department."""
    department = Department.objects.filter(id=OuterRef("department")).values("name")[:1]
    return table._default_manager.annotate(place=Subquery(department))


def _check(request: HttpRequest, department: UUID | None) -> None:
    """The audit administrator reads of all; the head of a unit of what is his unit's."""
    mine = rights(request)
    if "audit-administrator" not in mine.roles and not mine.covers(department, "unit-head"):
        raise Http404


def _days(request: HttpRequest) -> audits.Days:
    return audits.Days(*lists.days(request.GET, DAYS, MOST_DAYS, today()))


def _answer(
    request: HttpRequest,
    title: str,
    facts: Facts,
    days: audits.Days,
    asked: audits.Asked,
    recording: UUID | None = None,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    if request.GET.get("export") == "pdf":
        answer = _pdf(request, title, facts, days, asked, recording)
        if answer is not None:
            return answer
    cut = audits.page(asked, request.GET.get("older", ""))
    kept = {"first": str(days.first), "last": str(days.last)}
    if more:
        kept["side"] = more["side"]
    context = {
        "title": title,
        "facts": facts,
        "days": days,
        "lines": audit_lines.lines(cut.traces, asked, recording),
        "older": cut.older,
        "is_first": not request.GET.get("older"),
        "asked": urlencode(kept),
        "newest": proofs.newest(),
        **(more or {}),
    }
    return render(request, "pages/audit.html", context)


def _pdf(
    request: HttpRequest,
    title: str,
    facts: Facts,
    days: audits.Days,
    asked: audits.Asked,
    recording: UUID | None,
) -> HttpResponse | None:
    """None where the machine cannot make one: the page then says why."""
    cut = audits.page(asked, "", paper.MOST_ROWS)
    found = audit_lines.lines(cut.traces, asked, recording)
    me = person_of(request)
    by = names([me]).get(str(me), "")
    try:
        data = audit_paper.pdf(title, facts, days, found, cut.older is not None, by)
    except WorldError as error:
        messages.error(request, said_of(error))
        return None
    exports.log_taken(request, ".pdf")
    answer = HttpResponse(data, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="audit-{today():%Y%m%d}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


urls = [
    path("audit", index, name="audit"),
    path("audit/recordings/<uuid:recording>", of_recording, name="audit-recording"),
    path("audit/acts/<uuid:act>", of_act, name="audit-act"),
    path("audit/people/<uuid:person>", of_person, name="audit-person"),
]
