from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhilu.server.evidence.models import Act
from zhilu.server.evidence.services import acts, links, outcomes
from zhilu.server.evidence.services.versions import newest_revision
from zhilu.server.evidence.writers import may_write
from zhilu.server.pages import words_acts
from zhilu.server.pages.services import seen
from zhilu.server.pages.services.act_forms import AmendForm, EndForm, LinkForm, OutcomeForm
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.rights import needs, person_of, rights
from zhilu.server.pages.templatetags.zhilu import said, yuan
from zhilu.server.pages.views.act import own_act
from zhilu.server.pages.views.act_new import procedures


def writable(request: HttpRequest, act: UUID) -> Act:
    """An act that this person may add to; one that he only reads is refused."""
    found = own_act(request, act)
    if not may_write(found, rights(request)):
        raise PermissionDenied
    return found


@require_http_methods(["GET", "POST"])
@needs("describe")
def amend(request: HttpRequest, act: UUID) -> HttpResponse:
    found = writable(request, act)
    form = AmendForm(found, newest_revision(found), rights(request), request.POST or None)

    def correct() -> None:
        got = form.cleaned_data
        code, who, taxpayer = got["procedure"].code, got["officers"], got["taxpayer"]
        acts.amend_act(person_of(request), found, got["version"], code, who, taxpayer, form.chosen())

    if committed(request, form, correct, done=_("The act is corrected; what it said before stays.")):
        return redirect("act", act=act)
    seen.listed(request, [one.id for one in form.recordings])
    context = {"form": form, "act": found, **procedures(request, form.catalogue)}
    return render(request, "pages/act_amend.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs("describe")
def link(request: HttpRequest, act: UUID) -> HttpResponse:
    found, form = writable(request, act), LinkForm(request.POST or None)

    def make() -> None:
        got = form.cleaned_data
        links.link(person_of(request), found.id, got["kind"], got["number"], got["name"])

    fields = {"link-number": "number", "link-repeated": "number", "text": "name"}
    shown = {"title": _("Link the act to a number"), "submit": _("Link it"), "anchor": "links"}
    shown["note"] = _("Acts with the same number stand together on one page. A link is ended, never removed.")
    return _form(request, found, form, make, _("The link is made."), shown, fields)


@require_http_methods(["GET", "POST"])
@needs("describe")
def unlink(request: HttpRequest, act: UUID, link: UUID) -> HttpResponse:
    found = writable(request, act)
    row = get_object_or_404(found.links.filter(gone_at=None), id=link)
    form = EndForm(words_acts.LINK_ENDS, request.POST or None)

    def end() -> None:
        links.unlink(person_of(request), row.id, form.cleaned_data["reason"])

    shown = {"title": _("End a link"), "submit": _("End the link"), "anchor": "links"}
    shown["about"] = f"{said(row.kind, 'link')} {row.number} {row.name}"
    shown["note"] = _("It stays readable, with who ended it and why.")
    return _form(request, found, form, end, _("The link is ended."), shown)


@require_http_methods(["GET", "POST"])
@needs("describe")
def outcome(request: HttpRequest, act: UUID) -> HttpResponse:
    found, form = writable(request, act), OutcomeForm(request.POST or None)

    def record() -> None:
        got = form.cleaned_data
        outcomes.record(person_of(request), found.id, got["kind"], form.amount_fen, got["note"])

    fields = {"outcome-amount": "amount", "text": "note"}
    shown = {"title": _("Record an outcome"), "submit": _("Record it"), "anchor": "outcomes"}
    shown["note"] = _(
        "In the assessment it counts only once the unit's head confirms the statement afterwards: where he "
        "has confirmed it already, file the statement once more."
    )
    return _form(request, found, form, record, _("The outcome is recorded."), shown, fields)


@require_http_methods(["GET", "POST"])
@needs("describe")
def withdraw(request: HttpRequest, act: UUID, outcome: UUID) -> HttpResponse:
    found = writable(request, act)
    row = get_object_or_404(found.outcomes.filter(gone_at=None), id=outcome)
    form = EndForm(words_acts.OUTCOME_ENDS, request.POST or None)

    def end() -> None:
        outcomes.withdraw(person_of(request), row.id, form.cleaned_data["reason"])

    shown = {"title": _("Withdraw an outcome"), "submit": _("Withdraw it"), "anchor": "outcomes"}
    shown["about"] = f"{said(row.kind, 'outcome')} {yuan(row.amount_fen)} {row.note}"
    shown["note"] = _("It stays readable, with who withdrew it and why, and counts no more.")
    return _form(request, found, form, end, _("The outcome is withdrawn."), shown)


def _form(
    request: HttpRequest,
    act: Act,
    form: forms.Form,
    action: Callable[[], object],
    word: str,
    shown: dict[str, Any],
    fields: dict[str, str] | None = None,
) -> HttpResponse:
    back = f"{reverse('act', args=[act.id])}#{shown['anchor']}"
    if committed(request, form, action, done=word, fields=fields or {}):
        return redirect(back)
    context = {"form": form, "act": act, "back": back, **shown}
    return render(request, "pages/act_add.html", context, status=400 if form.errors else 200)


urls = [
    path("acts/<uuid:act>/amend", amend, name="act-amend"),
    path("acts/<uuid:act>/links", link, name="act-link"),
    path("acts/<uuid:act>/links/<uuid:link>/end", unlink, name="act-unlink"),
    path("acts/<uuid:act>/outcomes", outcome, name="act-outcome"),
    path("acts/<uuid:act>/outcomes/<uuid:outcome>/end", withdraw, name="act-withdraw"),
]
