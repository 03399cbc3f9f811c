"""By what everybody is judged: the rules of findings, and the limits with the days from which they count.
Everybody reads it; the legal editor sets limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from zhilu.server.ledger.clock import today
from zhilu.server.ledger.services.commit import commit
from zhilu.server.oversight import rules_answers, rules_findings
from zhilu.server.oversight.events_findings import LimitSet as Event
from zhilu.server.oversight.findings.days import BUILT_IN, OF_TEXT
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.findings.rule import BEGINNING
from zhilu.server.oversight.models import LimitSet
from zhilu.server.pages.services.forms import Day, committed
from zhilu.server.pages.services.rights import may, needs, person_of, rights
from zhilu.server.pages.words_answers import says
from zhilu.server.pages.words_limits import LIMITS

ANSWERS = {name: str(rules_answers.WORKDAYS[step]) for step, name in rules_answers.LIMITS.items()}
VALUES = {**BUILT_IN, **ANSWERS}
"""Built in."""


class LimitForm(forms.Form):
    name = forms.ChoiceField(label=gettext_lazy("Limit"), choices=LIMITS.items)
    value = forms.CharField(label=gettext_lazy("Value"), max_length=16)
    since = Day(
        label=gettext_lazy("Takes effect on"),
        help_text=gettext_lazy("Today at the earliest: nobody changes by what the past is judged."),
    )

    def clean_value(self) -> str:
        return str(self.cleaned_data["value"]).strip()

    def clean(self) -> dict[str, Any]:
        got: dict[str, Any] = super().clean() or {}
        name, value = got.get("name"), got.get("value")
        if name and value and not rules_findings.is_limit(name, value):
            self.add_error("value", _("Possible: %(bounds)s.") % {"bounds": _bounds(name)})
        return got


@dataclass(frozen=True)
class Line:
    """`lines`: value and since when, the newest first; `now`: the value of today."""

    name: str
    built_in: str
    now: str
    lines: list[tuple[str, date]]
    bounds: str


@require_http_methods(["GET", "POST"])
@needs("oversight-rules")
def index(request: HttpRequest) -> HttpResponse:
    writes = may(rights(request).roles, "catalogue-write")
    if request.method == "POST" and not writes:
        raise PermissionDenied
    form = LimitForm(request.POST or None, initial={"since": today()})
    fields = {"limit-value": "value", "limit-since": "since"}
    if committed(request, form, lambda: _set(request, form), done=_("Saved."), fields=fields):
        return redirect("oversight-rules")
    context = {
        "rules": [
            (one, says(one.code, one.version), None if one.since == BEGINNING else one.since) for one in RULES
        ],
        "limits": limits(today()),
        "form": form if writes else None,
    }
    return render(request, "pages/oversight_rules.html", context, status=400 if form.errors else 200)


def limits(on: date) -> list[Line]:
    said: dict[str, dict[date, str]] = {}
    for name, value, since in LimitSet.objects.order_by("id").values_list("name", "value", "since"):
        said.setdefault(name, {})[since] = value
    found = []
    for name, built_in in VALUES.items():
        lines = sorted(said.get(name, {}).items(), reverse=True)
        now = next((value for since, value in lines if since <= on), built_in)
        found.append(Line(name, built_in, now, [(value, since) for since, value in lines], _bounds(name)))
    return found


def _bounds(name: str) -> str:
    if name == OF_TEXT:
        return " < ".join(rules_findings.STRENGTHS)
    least, most = rules_findings.BOUNDS[name]
    return f"{least} … {most}"


def _set(request: HttpRequest, form: LimitForm) -> None:
    got: dict[str, Any] = form.cleaned_data
    rules_findings.check_limit(got["name"], got["value"], got["since"], today())
    commit(Event(got["name"], got["value"], got["since"].isoformat()), str(person_of(request)))


urls = [path("oversight-rules", index, name="oversight-rules")]
