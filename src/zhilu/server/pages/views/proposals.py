"""Proposals to the catalogue (征求意见): officers write them, the legal editor decides, everybody reads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.catalogue import rules
from zhilu.server.catalogue.models import Procedure, Proposal
from zhilu.server.catalogue.services import drafts
from zhilu.server.catalogue.services import proposals as services
from zhilu.server.catalogue.services.differences import Difference, of_procedure
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services import lists
from zhilu.server.pages.services.catalogue_forms import ProposalForm
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.rights import may, needs, person_of, rights
from zhilu.server.pages.words_catalogue import DECISIONS


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why it is declined"),
        max_length=rules.LONGEST_REASON,
        widget=forms.Textarea({"rows": 3}),
    )


@require_safe
@needs("catalogue")
def index(request: HttpRequest) -> HttpResponse:
    wanted = request.GET.get("decision", "")
    found = Proposal.objects.order_by("-entry")
    if wanted in ("waiting", "adopted", "declined"):
        found = found.filter(decision="" if wanted == "waiting" else wanted)
    if request.GET.get("mine"):
        found = found.filter(person=person_of(request))
    context = lists.page(request, found, 30)
    page = context["page"]
    people = names(one.person for one in page)
    titles = _titles([one.procedure for one in page if one.procedure])
    context |= {
        "rows": [
            (one, people.get(str(one.person), ""), titles.get(one.procedure or "") or one.fields.get("name"))
            for one in page
        ],
        "asked": request.GET,
        "decisions": [("waiting", DECISIONS[""]), *list(DECISIONS.items())[1:]],
        "may_propose": may(rights(request).roles, "propose"),
    }
    return render(request, "pages/proposals.html", context)


def _titles(codes: list[str]) -> dict[str, str]:
    return dict(Procedure.objects.filter(code__in=codes).order_by("version").values_list("code", "name"))


@require_http_methods(["GET", "POST"])
@needs("propose")
def propose(request: HttpRequest, code: str | None = None) -> HttpResponse:
    content = drafts.content(drafts.newest())
    row = content.procedures.get(code, {}) if code else {}
    if code and not row:
        raise Http404
    form = ProposalForm(content, row, request.POST or None)

    def act() -> UUID:
        return services.propose(person_of(request), code, form.changes(row), form.cleaned_data["reason"])

    if request.method == "POST" and form.is_valid() and not form.changes(row):
        form.add_error(None, _("Change what should be otherwise: so far nothing is."))
    elif committed(request, form, act, done=_("Your proposal is with the legal editor.")):
        return redirect("catalogue-item", code) if code else redirect("proposals")
    back = reverse("catalogue-item", args=[code]) if code else reverse("catalogue")
    context = {"form": form, "code": code, "row": row, "back": back}
    return render(request, "pages/propose.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs("catalogue")
def detail(request: HttpRequest, proposal: UUID) -> HttpResponse:
    found = get_object_or_404(Proposal, id=proposal)
    may_decide = may(rights(request).roles, "catalogue-write")
    form = DeclineForm(request.POST or None)
    if request.method == "POST":
        if not may_decide:
            raise PermissionDenied
        reason = form.data.get("reason", "").strip()
        if committed(
            request,
            form,
            lambda: services.decline(person_of(request), proposal, reason),
            done=_("Declined; the reason stands beside the proposal."),
        ):
            return redirect("proposal", proposal)
    people = names([found.person, found.decided_by])
    context: dict[str, Any] = {
        "one": found,
        "who": people.get(str(found.person), ""),
        "decider": people.get(found.decided_by, found.decided_by),
        "difference": changes(found),
        "form": form,
        "may_decide": may_decide and not found.decision,
    }
    return render(request, "pages/proposal.html", context, status=400 if form.errors else 200)


def changes(one: Proposal) -> Difference | None:
    """Against the newest version that was there when it came."""
    rows = Procedure.objects.filter(code=one.procedure or "", entry__lt=one.entry)
    newest = rows.order_by("-version").first()
    before = drafts.listed(newest) if newest else {}
    return of_procedure(one.procedure or "", before, before | one.fields)


urls = [
    path("catalogue/proposals", index, name="proposals"),
    path("catalogue/proposals/new", propose, name="propose-new"),
    path("catalogue/proposals/<uuid:proposal>", detail, name="proposal"),
    path("catalogue/items/<str:code>/propose", propose, name="propose"),
]
