"""The rollout plan: which tier must be recorded where, since when. The legal editor writes it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.catalogue import rules
from zhilu.server.catalogue.models import Rollout
from zhilu.server.catalogue.services import catalogue, rollouts
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.models import Department
from zhilu.server.organisation.rules import above
from zhilu.server.organisation.services.people import bureau_names, paths
from zhilu.server.organisation.services.rights import READS_TEXT
from zhilu.server.pages.services import readiness
from zhilu.server.pages.services.catalogue_forms import LineForm
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.readiness import Ready
from zhilu.server.pages.services.rights import may, needs, person_of, rights
from zhilu.server.pages.words import TIERS


@require_safe
@needs("catalogue")
def index(request: HttpRequest) -> HttpResponse:
    on, bureaus, here = _day(request), bureau_names(), _here(request)
    chosen = request.GET.get("bureau", "")
    chosen = chosen if chosen in here and len(here) > 1 else ""
    plan = readiness.plan_of(on)
    names = {one.id: one.name for one in plan.departments}
    parents = {one.id: one.parent for one in plan.departments}
    lines = [
        (one, bureaus.get(one.bureau, one.bureau), _path(one.department, names, parents))
        for one in plan.lines
    ]
    demanding = plan.demanding
    context = {
        "on": on,
        "counts": catalogue.counts_on(on),
        "places": [(one, bureaus.get(one.bureau, one.bureau)) for one in demanding if one.bureau not in here],
        "ready": _readiness(request, here, chosen, plan, bureaus),
        "own": ledgers.own(),
        "nowhere": not demanding,
        "is_many": len(here) > 1 and not chosen,
        "chosen": bureaus.get(chosen, "") if chosen else "",
        "lines": [(*row, state(row[0], on)) for row in sorted(lines, key=lambda row: row[1:])],
        "may_write": may(rights(request).roles, "catalogue-write"),
    }
    return render(request, "pages/rollout.html", context)


def _path(department: UUID | None, names: dict[UUID, str], parents: dict[UUID, UUID | None]) -> str:
    return "/".join(names.get(one, "—") for one in reversed(above(department, parents)))


def _here(request: HttpRequest) -> list[str]:
    """The bureaus whose readiness this person is told: who reads the text of the whole bureau, its counties'
    too.
    """
    mine = rights(request)
    reads_all = may(mine.roles, "statistics") and mine.scope_of(*READS_TEXT) is None
    return ledgers.bureaus() if reads_all else [ledgers.own()]


def _readiness(
    request: HttpRequest, here: list[str], chosen: str, plan: rollouts.Plan, names: dict[str, str]
) -> list[Ready]:
    """Of several bureaus each in a line, of one its departments too."""
    found: list[Ready] = []
    for bureau in [chosen] if chosen else here:
        with ledgers.of(bureau):
            mine = plan if bureau == ledgers.own() else readiness.plan_of(plan.on)
            told = readiness.of_bureau(bureau, names.get(bureau, bureau), mine, rights(request).roles)
        found += told if chosen or len(here) == 1 else told[:1]
    return found


def _day(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return today()


def state(line: Rollout, on: date) -> str:
    if line.since > on:
        return "coming"
    return "past" if line.until and line.until <= on else "current"


@require_http_methods(["GET", "POST"])
@needs("catalogue-write")
def edit(request: HttpRequest, line: UUID | None = None) -> HttpResponse:
    found = Rollout.objects.filter(id=line).first() if line else None
    if line and found is None:
        raise Http404
    form = _form(request, found)
    if committed(
        request,
        form,
        lambda: _set(request, form, line),
        done=_("The plan is changed."),
        fields={"rollout-until": "until", "rollout-past": "since"},
    ):
        return redirect("rollout")
    context = {"form": form, "line": found, "back": reverse("rollout")}
    return render(request, "pages/rollout_edit.html", context, status=400 if form.errors else 200)


def _form(request: HttpRequest, found: Rollout | None) -> LineForm:
    initial: dict[str, Any] = {"since": today().isoformat(), "tier": "priority"}
    if found:
        place = f"{found.bureau}/{found.department or ''}"
        until = found.until.isoformat() if found.until else None
        initial = {"place": place, "tier": found.tier, "since": found.since.isoformat(), "until": until}
    form = LineForm(request.POST or None, initial=initial)
    form.fields["place"].choices = _places()  # type: ignore[attr-defined]
    numbers = catalogue.counts_on(today())
    form.fields["tier"].choices = [  # type: ignore[attr-defined]
        (code, _("%(tier)s: %(count)d procedures") % {"tier": TIERS[code], "count": numbers[code]})
        for code in rules.TIERS[::-1]
    ]
    return form


def _places() -> list[tuple[str, str]]:
    """Bureaus, each followed by its departments."""
    names = paths()
    departments = sorted(Department.objects.filter(closed=False), key=lambda one: names[one.id])
    found = []
    for code, name in bureau_names().items():
        found.append((f"{code}/", _("%(bureau)s: the whole bureau") % {"bureau": name}))
        found += [
            (f"{code}/{one.id}", name + _(": ") + names[one.id]) for one in departments if one.bureau == code
        ]
    return found


def _set(request: HttpRequest, form: LineForm, line: UUID | None) -> None:
    data = form.cleaned_data
    bureau, _slash, department = data["place"].partition("/")
    where = UUID(department) if department else None
    rollouts.set_line(person_of(request), bureau, where, data["tier"], data["since"], data["until"], line)


urls = [
    path("rollout", index, name="rollout"),
    path("rollout/new", edit, name="rollout-new"),
    path("rollout/<uuid:line>", edit, name="rollout-line"),
]
