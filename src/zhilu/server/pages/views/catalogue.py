"""The catalogue of procedures as it is, was and will be. Everybody with a role reads it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.catalogue import rules
from zhilu.server.catalogue.models import Catalogue, Procedure, Proposal
from zhilu.server.catalogue.services import catalogue, drafts
from zhilu.server.catalogue.services.differences import Content, between, in_words, of_procedure
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services import lists
from zhilu.server.pages.services.rights import may, needs, rights
from zhilu.server.pages.words import TIERS


@require_safe
@needs("catalogue")
def index(request: HttpRequest) -> HttpResponse:
    versions = list(Catalogue.objects.order_by("version"))
    current = _current(versions)
    shown = _asked(request, versions) or current or (versions[-1] if versions else None)
    if shown is None:
        return render(request, "pages/catalogue.html", {"version": None})
    rows = list(Procedure.objects.filter(version=shown.version).order_by("place"))
    found = _filtered(request, rows)
    context = {
        "version": shown,
        "current": current,
        "coming": [one for one in versions if current and one.version > current.version],
        "groups": [(name, list(group)) for name, group in groupby(found, key=lambda one: one.group)],
        "found": len(found),
        "classes": shown.classes,
        "tiers": [(code, TIERS[code], count) for code, count in _counts(rows)],
        "departments": sorted({one.department for one in rows}),
        "asked": request.GET,
        "is_composed": any(_is_composed(one, shown.scripts) for one in rows),
        "versions": versions[::-1],
        "may_write": may(rights(request).roles, "catalogue-write"),
        "may_propose": may(rights(request).roles, "propose"),
    }
    return render(request, "pages/catalogue.html", context)


def _asked(request: HttpRequest, versions: list[Catalogue]) -> Catalogue | None:
    wanted = request.GET.get("version", "")
    if not wanted:
        return None
    for one in versions:
        if str(one.version) == wanted:
            return one
    raise Http404


def _current(versions: list[Catalogue]) -> Catalogue | None:
    day = today()
    begun = [one for one in versions if one.since <= day]
    return begun[-1] if begun else None


def _filtered(request: HttpRequest, rows: list[Procedure]) -> list[Procedure]:
    q = lists.text(request.GET.get("q", "")).lower()
    wanted, tier = request.GET.get("class", ""), request.GET.get("tier", "")
    department = request.GET.get("department", "")
    return [
        one
        for one in rows
        if (not wanted or one.class_code == wanted)
        and (tier not in rules.TIERS or rules.demands(tier, one.tier))
        and (not department or one.department == department)
        and (not q or q in f"{one.code} {one.name} {one.start} {one.content} {one.end}".lower())
    ]


def _counts(rows: list[Procedure]) -> list[tuple[str, int]]:
    return [(tier, sum(rules.demands(tier, one.tier) for one in rows)) for tier in rules.TIERS]


def _is_composed(one: Procedure, scripts: dict[str, str]) -> bool:
    """Retention and spoken text are still what this release proposed."""
    return (one.retention, scripts.get(one.script or "")) == catalogue.shipped().get(one.code)


@require_safe
@needs("catalogue")
def item(request: HttpRequest, code: str) -> HttpResponse:
    versions = {one.version: one for one in Catalogue.objects.order_by("version")}
    rows = {one.version: one for one in Procedure.objects.filter(code=code)}
    proposals = list(Proposal.objects.filter(procedure=code).order_by("-entry"))
    if not rows:
        raise Http404
    current = _current(list(versions.values()))
    shown = rows.get(current.version if current else 0) or rows[max(rows)]
    of_version = versions[shown.version]
    people = names(who for one in proposals for who in (one.person, one.decided_by))
    context = {
        "one": shown,
        "class_name": of_version.classes.get(shown.class_code, shown.class_code),
        "script": of_version.scripts.get(shown.script or ""),
        "is_listed": bool(current and current.version in rows),
        "current": current,
        "is_composed": _is_composed(shown, of_version.scripts),
        "history": _history(code, versions, rows)[::-1],
        "proposals": [
            (
                one,
                people.get(str(one.person), ""),
                people.get(one.decided_by, ""),
                _proposed(one, rows, versions),
            )
            for one in proposals
        ],
        "may_write": may(rights(request).roles, "catalogue-write"),
        "may_propose": may(rights(request).roles, "propose"),
    }
    return render(request, "pages/catalogue_item.html", context)


def _history(
    code: str, versions: dict[int, Catalogue], rows: dict[int, Procedure]
) -> list[tuple[Catalogue, Any]]:
    """The versions in which it came, went, or became otherwise."""
    found, before = [], None
    for number, version in versions.items():
        row = rows.get(number)
        listed = {code: drafts.listed(row)} if row else {}
        now = in_words(Content(version.classes, version.scripts, listed), code)
        difference = of_procedure(code, before, now)
        if difference is not None:
            found.append((version, difference))
        before = now
    return found


def _proposed(one: Proposal, rows: dict[int, Procedure], versions: dict[int, Catalogue]) -> Any:
    """What it would change, against the version that was the newest when it came."""
    seen = [number for number in rows if versions[number].entry < one.entry]
    before = drafts.listed(rows[max(seen)]) if seen else {}
    return of_procedure(one.procedure or "", before, before | one.fields)


@require_safe
@needs("catalogue")
def versions(request: HttpRequest) -> HttpResponse:
    found = list(Catalogue.objects.defer("scripts", "classes").order_by("-version"))
    current = _current(found[::-1])
    people = names(one.by for one in found)
    tiers: dict[int, list[str]] = {}
    for version, tier in Procedure.objects.values_list("version", "tier"):
        tiers.setdefault(version, []).append(tier)
    rows = [
        (
            one,
            [
                sum(rules.demands(tier, listed) for listed in tiers.get(one.version, []))
                for tier in rules.TIERS
            ],
            people.get(one.by, one.by),
            _state(one, current),
        )
        for one in found
    ]
    return render(request, "pages/catalogue_versions.html", {"rows": rows})


def _state(one: Catalogue, current: Catalogue | None) -> str:
    if current is None or one.version > current.version:
        return "coming"
    return "current" if one.version == current.version else "past"


@require_safe
@needs("catalogue")
def version(request: HttpRequest, number: int) -> HttpResponse:
    found = get_object_or_404(Catalogue, version=number)
    context = {
        "version": found,
        "differences": between(drafts.content(number - 1), drafts.content(number)) if number > 1 else [],
        "carried_out": Proposal.objects.filter(version=number).order_by("entry"),
        "who": names([found.by]).get(found.by, found.by),
    }
    return render(request, "pages/catalogue_version.html", context)


urls = [
    path("catalogue", index, name="catalogue"),
    path("catalogue/versions", versions, name="catalogue-versions"),
    path("catalogue/versions/<int:number>", version, name="catalogue-version"),
    path("catalogue/items/<str:code>", item, name="catalogue-item"),
]
