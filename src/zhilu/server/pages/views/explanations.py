"""Explanations: in advance, the lists of those that wait, their files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.evidence.models import ActOfficer
from zhilu.server.ledger.clock import now
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.models import Attachment, DueTaskOfficer, Explanation
from zhilu.server.oversight.services import answers
from zhilu.server.pages.services import explanation_list as lists
from zhilu.server.pages.services import exports, findings, list_pages, seen, subjects, work_page
from zhilu.server.pages.services.answer_forms import DecideForm, ExplainForm
from zhilu.server.pages.services.finding_page import Page, explanation_steps
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.services.rights import needs, person_of, rights
from zhilu.server.pages.services.uploads import takes_file

WORK = work_page.Work(lists.doing, answers.batch, lists.told)


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    return list_pages.show(request, lists.EXPLANATIONS)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("explanations-decide")
def to_decide(request: HttpRequest) -> HttpResponse:
    says = _("Read each before you decide. A refusal says why: it is written on the explanation's page.")
    return work_page.show(request, lists.TO_DECIDE, says, WORK)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("findings-conclude-many")
def to_conclude(request: HttpRequest) -> HttpResponse:
    says = _(
        "Everybody was heard and answered, or let his time lapse. A fault is concluded on the finding's page."
    )
    return work_page.show(request, lists.TO_CONCLUDE, says, WORK)


@require_http_methods(["GET", "POST"])
@needs("explain")
@takes_file(rules.MOST_BYTES)
def of_act(request: HttpRequest, act: UUID) -> HttpResponse:
    """In advance: before anything is found."""
    get_object_or_404(ActOfficer.objects.filter(officer=person_of(request)), act=act)
    seen.listed(request, [act])
    kinds = [one for one in rules.KINDS if one != rules.OTHER]
    return _explain(request, kinds, reverse("act", args=[act]), lambda said: answers.explain_act(
        person_of(request), act, said
    ))  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs("explain")
@takes_file(rules.MOST_BYTES)
def of_task(request: HttpRequest, task: UUID) -> HttpResponse:
    if not DueTaskOfficer.objects.filter(task=task, officer=person_of(request)).exists():
        raise Http404
    kinds = [one for one in rules.KINDS if one not in (rules.OTHER, rules.OF_ACTS_ONLY)]
    back = findings.subject_url("task", str(task)) or reverse("explanations")
    return _explain(request, kinds, back, lambda said: answers.explain_task(person_of(request), task, said))


def _explain(request: HttpRequest, kinds: list[str], back: str, act: Callable[[Any], UUID]) -> HttpResponse:
    form, made = ExplainForm(kinds, *_sent(request)), []
    done = _("Your explanation is filed: the head of your unit decides about it.")
    if committed(request, form, lambda: made.append(act(form.said())), done=done):
        return redirect("explanation", explanation=made[0])
    context = {"form": form, "title": _("Explain what was not recorded"), "back": back, "files": True}
    context["note"] = _("Accepted and confirmed, it keeps a finding from being made.")
    return render(request, "pages/explanation_form.html", context, status=400 if form.errors else 200)


def _sent(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST, request.FILES) if request.method == "POST" else ()


@require_safe
@login_required
def detail(request: HttpRequest, explanation: UUID) -> HttpResponse:
    found = get_object_or_404(lists.visible(rights(request)), id=explanation)
    return render(request, "pages/explanation.html", _context(request, found))


def _context(request: HttpRequest, found: Explanation) -> dict[str, Any]:
    asker, mine = Asker(request), rights(request)
    seen.listed(request, [found.act or found.task])
    people = asker.names(found.by, found.decided_by, found.confirmed_by)
    files = list(found.files.order_by("number"))
    days = findings.days_for(asker, now(), found.at)
    row = lists.rows([found], asker)[0]
    subject = (row.subject, str(found.task or found.act))
    return {
        "explanation": found,
        "row": row,
        "url": findings.subject_url(*subject),
        "steps": explanation_steps(found, people, files),
        "may_decide": not found.decision and lists.to_accept(mine).filter(id=found.id).exists(),
        "may_confirm": not found.finding and lists.to_confirm(mine, days).filter(id=found.id).exists(),
    }


@require_http_methods(["GET", "POST"])
@needs("explanations-accept")
def decide(request: HttpRequest, explanation: UUID) -> HttpResponse:
    found = get_object_or_404(Explanation.objects.filter(rights(request).within("unit-head")), id=explanation)
    form = DecideForm(rules.DECISIONS, *_posted(request))

    def act() -> None:
        got = form.cleaned_data
        answers.decide(person_of(request), explanation, got["decision"], got["text"])

    return _decide(request, found, form, act, _("Accept or refuse"))


@require_http_methods(["GET", "POST"])
@needs("explanations-confirm")
def confirm(request: HttpRequest, explanation: UUID) -> HttpResponse:
    rows = Explanation.objects.filter(rights(request).within("supervisor"), finding="")
    found = get_object_or_404(rows, id=explanation)
    form = DecideForm(("confirmed", rules.REFUSED), *_posted(request))

    def act() -> None:
        got = form.cleaned_data
        answers.confirm(person_of(request), explanation, got["decision"], got["text"])

    return _decide(request, found, form, act, _("Confirm or refuse"))


def _posted(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST,) if request.method == "POST" else ()


def _decide(
    request: HttpRequest, found: Explanation, form: forms.Form, act: Callable[[], None], title: str
) -> HttpResponse:
    if committed(request, form, act, done=_("It is decided."), fields={"answer-text": "text"}):
        if found.finding:
            return redirect("finding", finding=found.finding)
        return redirect("explanation", explanation=found.id)
    context = _context(request, found) | {"form": form, "title": title, "submit": _("Submit the decision")}
    context |= _asked(request, found) | {"back": reverse("explanation", args=[found.id])}
    return render(request, "pages/explanation_form.html", context, status=400 if form.errors else 200)


def _asked(request: HttpRequest, found: Explanation) -> dict[str, Any]:
    """What the explanation is about: the finding, or in advance its task or act."""
    finding = findings.visible(rights(request)).filter(id=found.finding).first() if found.finding else None
    if finding is not None:
        return {"finding": finding, "page": Page(finding, Asker(request))}
    kind, subject = ("task", str(found.task)) if found.task else ("act", str(found.act))
    return {"about": subjects.named([(kind, subject)], Asker(request))[subject]}


@require_safe
@login_required
def attachment(request: HttpRequest, explanation: UUID, number: int) -> HttpResponse:
    """Handed out, never shown: whatever is in it, no page of ours draws it."""
    found = get_object_or_404(lists.visible(rights(request)), id=explanation)
    file = get_object_or_404(Attachment, explanation=found, number=number)
    data = answers.data_of(file)
    if not data:
        raise Http404
    exports.log_taken(request, "")
    answer = HttpResponse(data, content_type=rules.MEDIA_TYPES[file.kind])
    name = f"explanation-{str(found.id)[:8]}-{number + 1}.{'jpg' if file.kind == 'jpeg' else file.kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


urls = [
    path("explanations", index, name="explanations"),
    path("explanations/<uuid:explanation>", detail, name="explanation"),
    path("explanations/<uuid:explanation>/decide", decide, name="explanation-decide"),
    path("explanations/<uuid:explanation>/confirm", confirm, name="explanation-confirm"),
    path("explanations/<uuid:explanation>/files/<int:number>", attachment, name="attachment"),
    path("acts/<uuid:act>/explain", of_act, name="explain-act"),
    path("due-tasks/<uuid:task>/explain", of_task, name="explain-task"),
    path("work/explanations", to_decide, name="work-explanations"),
    path("work/findings", to_conclude, name="work-findings"),
]
