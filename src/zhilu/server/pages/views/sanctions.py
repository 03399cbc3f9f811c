"""Sanctions, and appeals against them and against conclusions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.ledger.clock import now
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.apply_answers import days_around
from zhilu.server.oversight.apply_sanctions import findings_of
from zhilu.server.oversight.models import Appeal, Finding, Sanction
from zhilu.server.oversight.services import answers
from zhilu.server.pages.services import list_pages
from zhilu.server.pages.services.answer_forms import AppealDecisionForm, TextForm
from zhilu.server.pages.services.finding_page import Page, Step, appeal_steps, form_of
from zhilu.server.pages.services.findings import last_moment
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.services.rights import needs, person_of, rights
from zhilu.server.pages.services.sanction_list import SANCTIONS, visible


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    says = _("Who may decide which form, and after what, stands in the rules; the person may appeal.")
    return list_pages.show(request, SANCTIONS, says=says)


@require_safe
@login_required
def detail(request: HttpRequest, sanction: UUID) -> HttpResponse:
    found = get_object_or_404(visible(rights(request)), id=sanction)
    return render(request, "pages/sanction.html", _context(request, found))


def _context(request: HttpRequest, found: Sanction) -> dict[str, Any]:
    asker, at = Asker(request), now()
    appeals = list(Appeal.objects.filter(sanction=found.id).order_by("at", "id"))
    people = asker.names(
        found.person, found.by, *(one.person for one in appeals), *(one.decided_by for one in appeals)
    )
    steps = [
        Step("sanctioned", found.at, found.entry, people.get(str(found.by), ""), form_of(found), found.text)
    ]
    for one in appeals:
        steps += appeal_steps(one, people)
    ids = found.findings.values("finding")
    until = rules.deadline(found.at, "appeal", days_around(found.at))
    is_mine = found.person == asker.rights.person
    is_leader = asker.rights.covers(found.department, "leader") and asker.rights.person not in (
        found.person,
        found.by,
    )
    return {
        "sanction": found,
        "person": people.get(str(found.person), ""),
        "form_of": form_of(found),
        "department": asker.place(found.department),
        "findings": list(Finding.objects.filter(id__in=ids).order_by("-day", "id")),
        "steps": steps,
        "appeal_until": last_moment(until),
        "is_over": at >= until,
        "may_appeal": is_mine and not found.lifted_at and at < until and not appeals,
        "to_appeal": [one for one in appeals if not one.decision and is_leader],
    }


@require_http_methods(["GET", "POST"])
@login_required
def appeal(request: HttpRequest, sanction: UUID) -> HttpResponse:
    found = get_object_or_404(Sanction.objects.filter(person=person_of(request)), id=sanction)
    form = TextForm(*_posted(request))

    def act() -> None:
        answers.appeal_sanction(person_of(request), found.id, form.cleaned_data["text"])

    if committed(request, form, act, done=_("Your appeal is filed.")):
        return redirect("sanction", sanction=found.id)
    context = _context(request, found) | {"form": form, "title": _("Appeal")}
    context |= {"back": reverse("sanction", args=[found.id])}
    context["note"] = _("A leader who has decided nothing in this matter decides about it.")
    return render(request, "pages/sanction_form.html", context, status=400 if form.errors else 200)


def _posted(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST,) if request.method == "POST" else ()


@require_http_methods(["GET", "POST"])
@needs("appeals-decide")
def decide(request: HttpRequest, appeal: UUID) -> HttpResponse:
    found = get_object_or_404(Appeal.objects.filter(rights(request).within("leader")), id=appeal)
    outcomes = rules.OUTCOMES if found.sanction else (rules.UPHELD, rules.LIFTED)
    form = AppealDecisionForm(outcomes, *_posted(request))
    back = (
        reverse("sanction", args=[found.sanction])
        if found.sanction
        else reverse("finding", args=[found.finding])
    )

    def act() -> None:
        got = form.cleaned_data
        answers.decide_appeal(person_of(request), found.id, got["decision"], got["text"])

    if committed(request, form, act, done=_("The appeal is decided.")):
        return redirect(back)
    asker = Asker(request)
    people = asker.names(found.person, found.decided_by)
    finding = Finding.objects.filter(id=findings_of(found)[0]).first()
    context = {
        "form": form,
        "title": _("Decide the appeal"),
        "submit": _("Submit the decision"),
        "back": back,
        "finding": finding,
        "page": Page(finding, asker) if finding else None,
        "steps": appeal_steps(found, people),
    }
    return render(request, "pages/sanction_form.html", context, status=400 if form.errors else 200)


urls = [
    path("sanctions", index, name="sanctions"),
    path("sanctions/<uuid:sanction>", detail, name="sanction"),
    path("sanctions/<uuid:sanction>/appeal", appeal, name="sanction-appeal"),
    path("appeals/<uuid:appeal>/decide", decide, name="appeal-decide"),
]
