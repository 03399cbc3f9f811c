"""Notices of the city: issued there, confirmed in the counties, and who has not confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.catalogue import rules_notices
from zhilu.server.catalogue.models import Notice, NoticeReceipt
from zhilu.server.catalogue.services import notices
from zhilu.server.federation.services import receipts
from zhilu.server.federation.services.receipts import Heard
from zhilu.server.ledger.clock import day_of, today
from zhilu.server.organisation.services.people import bureau_names, names
from zhilu.server.pages.services import lists
from zhilu.server.pages.services.forms import committed, confirmation
from zhilu.server.pages.services.notice_forms import ConfirmForm, NoticeForm
from zhilu.server.pages.services.rights import may, needs, person_of, rights


def _is_city() -> bool:
    return bool(settings.ZHILU.tier == "city")


@require_safe
@needs("notices")
def index(request: HttpRequest) -> HttpResponse:
    context = lists.page(request, notices.listed())
    shown = [one.id for one in context["page"]]
    if _is_city():
        said = receipts.heard(shown)
        context["rows"] = [(one, receipts.standing(one, said, today())) for one in context["page"]]
    else:
        known = notices.receipts(shown)
        context["rows"] = [(one, _state(one, known.get(one.id, []))) for one in context["page"]]
    context |= {"is_city": _is_city(), "may_write": may(rights(request).roles, "notices-write")}
    return render(request, "pages/notices.html", context)


@dataclass(frozen=True)
class State:
    """Of a notice in this county."""

    first: NoticeReceipt | None
    is_late: bool


def _state(one: Notice, found: list[NoticeReceipt]) -> State:
    first = found[0] if found else None
    day = day_of(first.at) if first else None
    return State(first, rules_notices.is_late(one.reply_by, day, today()))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("notices")
def detail(request: HttpRequest, notice: UUID) -> HttpResponse:
    """POST, in a county: confirmed."""
    one = next((one for one in notices.listed() if one.id == notice), None)
    if one is None:
        raise Http404
    confirms = not _is_city() and may(rights(request).roles, "notices-confirm")
    if request.method == "POST" and not confirms:
        raise PermissionDenied
    form = ConfirmForm(request.POST or None)
    me = person_of(request)
    if committed(
        request,
        form,
        lambda: notices.confirm(me, one.id, form.cleaned_data["text"]),
        done=_("Confirmed: the city sees it in this bureau's ledger."),
    ):
        return redirect("notice", one.id)
    context: dict[str, Any] = {"one": one, "is_city": _is_city(), "form": None, "most": notices.MOST_SHOWN}
    if _is_city():
        context["rows"] = _counties(one)
    else:
        found = notices.receipts([one.id]).get(one.id, [])
        people = names(receipt.person for receipt in found)
        context["receipts"] = [(receipt, people.get(str(receipt.person), "")) for receipt in found]
        context["state"] = _state(one, found)
        context["form"] = form if confirms and all(receipt.person != me for receipt in found) else None
    context["by"] = names([one.by]).get(one.by, "")
    return render(request, "pages/notice.html", context, status=400 if form.errors else 200)


@dataclass(frozen=True)
class County:
    """How a notice stands in one of the counties that it is for. `receipts`: with the names."""

    name: str
    has_arrived: bool
    is_late: bool
    receipts: list[tuple[NoticeReceipt, str]]


def _counties(one: Notice) -> list[County]:
    said = receipts.heard([one.id])
    called = bureau_names(*said)
    return [
        _county(one, called[bureau], heard)
        for bureau, heard in said.items()
        if rules_notices.is_for(bureau, one.bureaus)
    ]


def _county(one: Notice, name: str, heard: Heard) -> County:
    first = heard.first(one.id)
    late = rules_notices.is_late(one.reply_by, day_of(first) if first else None, today())
    found = [(each, heard.names.get(str(each.person), "")) for each in heard.receipts.get(one.id, [])]
    return County(name, one.id in heard.arrived, late, found)


@require_http_methods(["GET", "POST"])
@needs("notices-write")
def new(request: HttpRequest) -> HttpResponse:
    if not _is_city():
        raise Http404
    counties = bureau_names(*receipts.counties())
    form = NoticeForm(counties, request.POST or None)
    back = reverse("notices")
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        meant = ", ".join(counties[one] for one in said["bureaus"]) or _("all counties")
        asked = confirmation(
            request,
            title=_("Issue the notice"),
            will=[_("It goes to: %(counties)s.") % {"counties": meant}, _until(said["reply_by"]), _ends()],
            word=_("Issue it"),
            back=back,
        )
        if asked is not None:
            return asked
    made: list[UUID] = []

    def act() -> None:
        said = form.cleaned_data
        meant = said["bureaus"] or None
        made.append(notices.issue(person_of(request), said["title"], said["text"], meant, said["reply_by"]))

    beside = {"notice-text": "text", "notice-day": "reply_by", "notice-bureau": "bureaus"}
    if committed(request, form, act, done=_("Issued."), fields=beside):
        return redirect("notice", made[0])
    context = {"form": form, "back": back, "has_counties": bool(counties)}
    return render(request, "pages/notice_new.html", context, status=400 if form.errors else 200)


def _until(day: date | None) -> str:
    if day is None:
        return _("No day is set for the confirmation.")
    return _("Each county is to confirm it until %(day)s.") % {"day": day.isoformat()}


def _ends() -> str:
    return _("It cannot be taken back, only followed by another notice.")


urls = [
    path("notices", index, name="notices"),
    path("notices/new", new, name="notice-new"),
    path("notices/<uuid:notice>", detail, name="notice"),
]
