"""Checklists of reviews: in force, to come, proposed; a new version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhilu.server.catalogue.models import Catalogue
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.services.people import names
from zhilu.server.oversight import rules_reviews as rules
from zhilu.server.oversight.models import Checklist
from zhilu.server.oversight.services import reviewing
from zhilu.server.pages.services import review_pages
from zhilu.server.pages.services.footage_forms import ChecklistForm
from zhilu.server.pages.services.forms import committed, done
from zhilu.server.pages.services.rights import may, needs, person_of, rights


@dataclass(frozen=True)
class Of:
    """Of one class: what is in force today, and what will be."""

    code: str
    name: str
    now: Checklist | None
    items: list[tuple[rules.Item, str]]
    later: list[Checklist]
    by: str
    is_proposed: bool


def _classes() -> dict[str, str]:
    newest = Catalogue.objects.order_by("-version").first()
    named = {str(code): str(name) for code, name in (newest.classes if newest else {}).items()}
    return named | {rules.GENERAL: _("general: in no act, or in acts of several classes")}


def _lists() -> list[Of]:
    known: dict[str, list[Checklist]] = {}
    for one in Checklist.objects.order_by("since", "version"):
        known.setdefault(one.class_code, []).append(one)
    people = names({one.by for rows in known.values() for one in rows})
    proposed = reviewing.proposed()
    return [_of(code, name, known.get(code, []), people, proposed) for code, name in _classes().items()]


def _of(code: str, name: str, rows: list[Checklist], people: dict[str, str], proposed: Any) -> Of:
    day = today()
    begun = [one for one in rows if one.since <= day]
    current = begun[-1] if begun else None
    items = rules.items_of(current.items) if current else proposed.get(code, ())
    shown = [(one, review_pages.text_of(one)) for one in items]
    by = people.get(current.by, "") if current else ""
    return Of(code, name, current, shown, [one for one in rows if one.since > day], by, current is None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("footage-checklists")
def index(request: HttpRequest) -> HttpResponse:
    """POST: the product's lists are set where there is none."""
    writes = may(rights(request).roles, "footage-checklists-write")
    if request.method == "POST":
        if not writes:
            raise Http404
        done(request, lambda: reviewing.adopt_proposed(person_of(request)), _("The proposed lists are set."))
        return redirect("footage-checklists")
    found = _lists()
    context = {"lists": found, "may_write": writes, "is_missing": any(one.is_proposed for one in found)}
    return render(request, "pages/footage_checklists.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("footage-checklists-write")
def edit(request: HttpRequest, class_code: str) -> HttpResponse:
    name = _classes().get(class_code)
    if name is None:
        raise Http404
    every = list(Checklist.objects.order_by("version"))
    newest = next((one for one in reversed(every) if one.class_code == class_code), None)
    items = rules.items_of(newest.items) if newest else reviewing.proposed().get(class_code, ())
    form = ChecklistForm(request.POST or None, items[len(rules.COMMON) :], initial={"since": today()})

    def save() -> None:
        taken = {item.code for one in every for item in rules.items_of(one.items)}
        said = (*rules.COMMON_ITEMS, *form.items(taken))
        reviewing.set_checklist(person_of(request), class_code, form.cleaned_data["since"], said)

    fields = {"checklist-since": "since"}
    if committed(request, form, save, done=_("The checklist is set."), fields=fields):
        return redirect("footage-checklists")
    common = [review_pages.text_of(one) for one in rules.COMMON_ITEMS]
    context = {"form": form, "name": name, "common": common}
    return render(request, "pages/footage_checklist.html", context, status=400 if form.errors else 200)


urls = [
    path("footage-reviews/checklists", index, name="footage-checklists"),
    path("footage-reviews/checklists/<slug:class_code>", edit, name="footage-checklist"),
]
