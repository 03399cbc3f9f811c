"""Findings: the list, a finding's page, and what is decided about one. Whoever is asked reads, explains and
appeals, also where he has no role any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.encoding import as_uuid
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.models import Finding, PersonFault, SanctionFinding
from zhilu.server.oversight.services import answers
from zhilu.server.pages.services import findings, list_pages, seen
from zhilu.server.pages.services.answer_forms import ConcludeForm, ExplainForm, SanctionForm, TextForm
from zhilu.server.pages.services.finding_list import FINDINGS
from zhilu.server.pages.services.finding_page import Page
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.services.rights import needs, person_of, rights
from zhilu.server.pages.services.uploads import takes_file
from zhilu.server.pages.templatetags.zhilu import said


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    says = _(
        "A finding is a question: whoever is asked explains, a person decides. Nothing is decided by itself."
    )
    return list_pages.show(request, FINDINGS, says=says)


@require_safe
@login_required
def detail(request: HttpRequest, finding: str) -> HttpResponse:
    page = _page(request, findings.visible(rights(request)), finding)
    return render(request, "pages/finding.html", {"page": page, "finding": page.finding})


def _page(request: HttpRequest, rows: Any, finding: str) -> Page:
    found = get_object_or_404(rows, id=finding[:64])
    seen.listed(request, [as_uuid(found.subject)])
    return Page(found, Asker(request))


@require_http_methods(["GET", "POST"])
@login_required
@takes_file(rules.MOST_BYTES)
def explain(request: HttpRequest, finding: str) -> HttpResponse:
    mine = Finding.objects.filter(findings.mine(person_of(request)))
    page = _page(request, mine, finding)
    kinds = [one for one in rules.KINDS if one == rules.OTHER or page.finding.rule in rules.EXPLAINS[one]]
    form = ExplainForm(kinds, *_sent(request))
    title, done = _("Explain"), _("Your explanation is filed: the head of your unit decides about it.")
    note = _("It is an entry of the ledger: what was said stays, and is said once.")

    def act() -> None:
        answers.explain(person_of(request), finding, form.said())

    return _form(request, page, form, title, act, done, note=note, files=True)


def _sent(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST, request.FILES) if request.method == "POST" else ()


@require_http_methods(["GET", "POST"])
@needs("findings-conclude")
def conclude(request: HttpRequest, finding: str) -> HttpResponse:
    """A supervisor; of what is grave a leader, who finds no fault or refers it."""
    mine = rights(request)
    rows = Finding.objects.filter(
        (mine.within("supervisor") & ~findings.to_refer()) | (mine.within("leader") & findings.to_refer())
    )
    page = _page(request, rows, finding)
    is_grave = page.finding.severity == rules.REFER
    conclusions = [rules.NO_FAULT] if is_grave else [rules.NO_FAULT, rules.EXCUSED, rules.FAULT]
    form = ConcludeForm(conclusions, [*page.persons, *page.before], *_posted(request))

    def act() -> None:
        got = form.cleaned_data
        exemption, persons = got.get("exemption", ""), got.get("persons", [])
        answers.conclude(person_of(request), finding, got["conclusion"], got["text"], exemption, persons)

    fields = {"exemption": "exemption", "excused-reason": "exemption", "fault-persons": "persons"}
    return _form(request, page, form, _("Conclude the finding"), act, _("The finding is concluded."), fields)


def _posted(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST,) if request.method == "POST" else ()


@require_http_methods(["GET", "POST"])
@needs("findings-refer")
def refer(request: HttpRequest, finding: str) -> HttpResponse:
    page = _page(request, Finding.objects.filter(rights(request).within("leader")), finding)
    form = TextForm(*_posted(request))
    note = _("Whoever investigates it does so outside this system; it is never scored.")

    def act() -> None:
        answers.refer(person_of(request), finding, form.cleaned_data["text"])

    return _form(request, page, form, _("Refer to discipline"), act, _("The finding is referred."), note=note)


@require_http_methods(["GET", "POST"])
@login_required
def appeal(request: HttpRequest, finding: str) -> HttpResponse:
    page = _page(request, Finding.objects.filter(findings.mine(person_of(request))), finding)
    form = TextForm(*_posted(request))

    def act() -> None:
        answers.appeal_finding(person_of(request), finding, form.cleaned_data["text"])

    note = _("A leader who has decided nothing in this matter decides about it.")
    return _form(request, page, form, _("Appeal"), act, _("Your appeal is filed."), note=note)


@require_http_methods(["GET", "POST"])
@needs("sanctions-decide")
def sanction(request: HttpRequest, finding: str) -> HttpResponse:
    mine = rights(request)
    page = _page(request, Finding.objects.filter(mine.within("unit-head", "leader")), finding)
    allowed = [one for one in rules.FORMS if page.covers(*rules.roles_for(one))]
    form = SanctionForm(allowed, page.sanctionable, _together(page), *_posted(request))

    def act() -> None:
        got = form.cleaned_data
        ids = [finding, *got.get("findings", [])]
        person, months = UUID(got["person"]), got["months"] or 0
        answers.sanction(person_of(request), person, ids, got["form"], got["text"], months)

    done = _("The sanction is decided: the person is told, and may appeal.")
    nothing = (
        ""
        if page.sanctionable
        else _("Nobody can be sanctioned for this now: only a fault that stands, once.")
    )
    fields = {"sanction-months": "months"}
    return _form(request, page, form, _("Decide a sanction"), act, done, fields, nothing=nothing)


def _together(page: Page) -> list[tuple[str, str]]:
    """Other faults of the same people that stand and are not sanctioned; the newest."""
    persons = [UUID(one) for one, _name in page.sanctionable]
    done = SanctionFinding.objects.filter(sanction__lifted_at=None, sanction__person__in=persons)
    rows = PersonFault.objects.filter(person__in=persons, lifted_at=None).exclude(finding=page.finding.id)
    rows = rows.exclude(finding__in=done.values("finding")).order_by("-day", "id")
    rows = rows.filter(page.asker.rights.within(*findings.DECIDE))
    return [
        (one.finding, f"{one.day} {said(one.rule, 'rule')} {page.people.get(str(one.person), '')}")
        for one in rows[: rules.MOST_FINDINGS - 1]
    ]


def _form(
    request: HttpRequest,
    page: Page,
    form: forms.Form,
    title: str,
    act: Callable[[], object],
    done: str,
    fields: Any = None,
    **more: Any,
) -> HttpResponse:
    if committed(request, form, act, done=done, fields=fields or {}):
        return redirect("finding", finding=page.finding.id)
    back = reverse("finding", args=[page.finding.id])
    context = {"form": form, "title": title, "page": page, "finding": page.finding, "back": back, **more}
    return render(request, "pages/finding_form.html", context, status=400 if form.errors else 200)


urls = [
    path("findings", index, name="findings"),
    path("findings/<slug:finding>", detail, name="finding"),
    path("findings/<slug:finding>/explain", explain, name="finding-explain"),
    path("findings/<slug:finding>/conclude", conclude, name="finding-conclude"),
    path("findings/<slug:finding>/refer", refer, name="finding-refer"),
    path("findings/<slug:finding>/appeal", appeal, name="finding-appeal"),
    path("findings/<slug:finding>/sanction", sanction, name="finding-sanction"),
]
