"""Recorders: the list, one of them, and what a keeper does with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.equipment import rules
from zhilu.server.equipment.models import Recorder
from zhilu.server.equipment.services import certificates, keeping, register
from zhilu.server.pages.services import equipment_forms as forms
from zhilu.server.pages.services import exported, exports, holders, lists, recorders
from zhilu.server.pages.services.forms import committed, confirmation
from zhilu.server.pages.services.rights import may, needs, rights
from zhilu.server.pages.words_equipment import RECORDER_STATES


@require_safe
@needs("recorders")
def index(request: HttpRequest) -> HttpResponse:
    filters = recorders.Filters.read(request.GET)
    mine = rights(request)
    found = recorders.listed(mine, filters)
    if exports.wanted(request):
        return exported.recorder_list(request, found)
    context = lists.page(request, found)
    context |= {
        "rows": [recorders.Row(one) for one in context["page"]],
        "asked": filters,
        "is_asked": filters != recorders.Filters(),
        "departments": forms.visible_departments(mine),
        "states": list(RECORDER_STATES),
        "keeps": may(mine.roles, "equipment-keep"),
        "enrols": may(mine.roles, "equipment-enrol"),
    }
    return render(request, "pages/recorders.html", context)


@require_safe
@needs("recorders")
def detail(request: HttpRequest, kid: str) -> HttpResponse:
    one = _of(request, kid)
    mine = rights(request)
    context = {
        "row": recorders.Row(one),
        "found": recorders.found(kid),
        "warnings": holders.warnings(kid),
        "awaited": recorders.awaited(kid),
        "dockings": recorders.dockings(kid),
        "issues": recorders.issues(kid)[: recorders.MOST],
        "certificates": recorders.certificates(kid),
        "listed": certificates.listed_as_revoked() if one.is_revoked else None,
        "keeps": keeping.keeps(mine, one.department),
        "enrols": may(mine.roles, "equipment-enrol"),
        "usable": one.state == rules.IN_SERVICE and not one.is_revoked and not one.is_suspended,
    }
    return render(request, "pages/recorder.html", context)


@require_http_methods(["GET", "POST"])
@needs("equipment-keep")
def issue(request: HttpRequest, kid: str) -> HttpResponse:
    one = _kept(request, kid)
    mine = rights(request)
    form = forms.IssueForm(mine, *forms.sent(request))

    def act() -> None:
        department, person = form.chosen()
        keeping.issue(mine, _device(kid), department, person)

    beside = {"issue-person": "person", "officer": "person", "not-trained": "person"}
    if committed(request, form, act, done=_("The recorder is issued."), fields=beside):
        return redirect("recorder", kid)
    return _form(request, one, form, _("Issue the recorder"), _("Issue"))


@require_http_methods(["GET", "POST"])
@needs("equipment-keep")
def give_back(request: HttpRequest, kid: str) -> HttpResponse:
    one = _kept(request, kid)
    form = forms.ReturnForm(*forms.sent(request))
    if form.is_valid() and form.cleaned_data["condition"] == "lost":
        asked = _sure(request, one, _("Record as lost"), _lost())
        if asked is not None:
            return asked

    def act() -> None:
        keeping.give_back(rights(request), _device(kid), form.cleaned_data["condition"])

    if committed(request, form, act, done=_("The return is recorded.")):
        return redirect("recorder", kid)
    holder = one.holder_name or one.held_in_name or ""
    note = _("Issued now to: %(holder)s") % {"holder": holder} if one.issue else _("It is not issued.")
    return _form(request, one, form, _("Return the recorder"), _("Record the return"), note)


@require_http_methods(["GET", "POST"])
@needs("equipment-keep")
def state(request: HttpRequest, kid: str) -> HttpResponse:
    one = _kept(request, kid)
    form = forms.StateForm(one.state, *forms.sent(request))
    wanted = form.cleaned_data["state"] if form.is_valid() else ""
    if wanted in rules.ENDING:
        will = _lost() if wanted == "lost" else _retired()
        asked = _sure(request, one, _("Set the state"), will)
        if asked is not None:
            return asked

    def act() -> None:
        keeping.set_state(rights(request), _device(kid), wanted, form.cleaned_data["reason"])

    if committed(request, form, act, done=_("The state is set."), fields={"recorder-state": "state"}):
        return redirect("recorder", kid)
    note = _("State now: %(state)s") % {"state": RECORDER_STATES[one.state]}
    return _form(request, one, form, _("Set the recorder's state"), _("Set the state"), note)


@require_http_methods(["GET", "POST"])
@needs("equipment-keep")
def assign(request: HttpRequest, kid: str) -> HttpResponse:
    one = _kept(request, kid)
    mine = rights(request)
    form = forms.AssignForm(mine, *forms.sent(request))

    def act() -> None:
        said = form.cleaned_data
        officer, deputy = UUID(said["officer"]), said["deputy"] or None
        keeping.assign(mine, _device(kid), officer, drill=said["drill"], deputy=deputy)

    beside = {"no-dock-key": "officer", "officer": "officer", "not-trained": "officer", "scope": "officer"}
    word = _("The recorder is assigned. The station knows it with its next list of devices.")
    if committed(request, form, act, done=word, fields=beside):
        return redirect("recorder", kid)
    note = _(
        "At the dock only this officer's security key opens the handover, until somebody else is assigned."
    )
    return _form(request, one, form, _("Assign the recorder to an officer"), _("Assign"), note)


def _of(request: HttpRequest, kid: str) -> Any:
    one = register.recorder(rights(request), kid)
    if one is None:
        raise Http404
    return one


def _kept(request: HttpRequest, kid: str) -> Any:
    """404 for one that the keeper does not keep, also where another role of his sees it."""
    one = _of(request, kid)
    if not keeping.keeps(rights(request), one.department):
        raise Http404
    return one


def _device(kid: str) -> Recorder:
    return Recorder.objects.get(kid=kid)


def _lost() -> list[str]:
    return [
        _("The recorder counts as lost; whoever has it now is recorded as its last holder."),
        _("Its bay is free. A station takes nothing from it any more."),
        _("Its key stays valid: ask the system administrator to revoke it, if others may have the device."),
    ]


def _retired() -> list[str]:
    return [
        _("The recorder is not issued, assigned or bound any more."),
        _("Its issue ends and its bay is free: what it may still hold cannot be collected any more."),
    ]


def _sure(request: HttpRequest, one: Any, word: str, will: list[str]) -> HttpResponse | None:
    back = reverse("recorder", args=[one.shown])
    return confirmation(request, title=one.serial + _(": ") + word, will=will, word=word, back=back)


def _form(request: HttpRequest, one: Any, form: Any, title: str, submit: str, note: str = "") -> HttpResponse:
    context = {
        "title": title,
        "form": form,
        "submit": submit,
        "note": note,
        "subject": one.serial,
        "back": reverse("recorder", args=[one.shown]),
    }
    return render(request, "pages/equipment_form.html", context, status=400 if form.errors else 200)


urls = [
    path("recorders", index, name="recorders"),
    path("recorders/<str:kid>", detail, name="recorder"),
    path("recorders/<str:kid>/issue", issue, name="recorder-issue"),
    path("recorders/<str:kid>/return", give_back, name="recorder-return"),
    path("recorders/<str:kid>/state", state, name="recorder-state"),
    path("recorders/<str:kid>/assign", assign, name="recorder-assign"),
]
