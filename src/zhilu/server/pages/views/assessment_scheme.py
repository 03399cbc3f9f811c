"""The scheme of points, readable for everybody; objections against a month, for leaders."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.assessment import rules
from zhilu.server.assessment import scheme as schemes
from zhilu.server.assessment.models import Objection, SchemeSet
from zhilu.server.assessment.rules_objections import LONGEST_TEXT
from zhilu.server.assessment.services import objecting, publishing
from zhilu.server.assessment.services.reckoning import SCORED, newest_scheme, read, scheme_of
from zhilu.server.evidence.models import Outcome
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.services.people import bureau_name, names
from zhilu.server.pages.services import assessment_page as pages
from zhilu.server.pages.services import assessment_preview, lists
from zhilu.server.pages.services.assessment_forms import SchemeForm
from zhilu.server.pages.services.assessment_page import Month
from zhilu.server.pages.services.assessment_sheet import Sheet
from zhilu.server.pages.services.forms import committed, confirmation
from zhilu.server.pages.services.review_pages import item_texts
from zhilu.server.pages.services.rights import may, needs, person_of, rights
from zhilu.server.pages.templatetags.zhilu import said

PAST = 6
"""Months that a changed scheme may be tried on."""


@require_safe
@needs("assessment-read")
def scheme(request: HttpRequest) -> HttpResponse:
    """The one in force, or a version that is asked for."""
    versions = list(SchemeSet.objects.order_by("-version"))
    on = rules.begin(today())
    in_force = next((one.version for one in versions if one.since <= on), 0)
    wanted = request.GET.get("version", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else in_force
    row = next((one for one in versions if one.version == number), None)
    shown = read(row) if row else schemes.BUILT_IN
    told, items = names(one.by for one in versions), item_texts()
    context: dict[str, Any] = {
        "scheme": shown,
        "in_force": in_force,
        "row": row,
        "points": [rules.shown(one) for one in (shown.base, shown.least, shown.most)],
        "deductions": [_priced(code, price) for code, price in shown.deductions.items() if price[0]],
        "unpriced": [
            said(one, "ground") for one in sorted(SCORED - {c for c, p in shown.deductions.items() if p[0]})
        ],
        "items": [(items.get(code, code), rules.shown(one)) for code, one in shown.items.items()],
        "credits": [_priced(code, price) for code, price in shown.credits.items() if price[0]],
        "ranks": [(said(code, "rank"), one) for code, one in shown.ranks.items()],
        "kinds": [(said(code, "department-kind"), one) for code, one in shown.kinds.items()],
        "versions": [(one, told.get(one.by, "")) for one in versions],
        "may_write": may(rights(request).roles, "assessment-write"),
    }
    return render(request, "pages/assessment_scheme.html", context)


def _priced(code: str, price: schemes.Price) -> tuple[str, str, str]:
    return said(code, "ground"), rules.shown(price[0]), rules.shown(price[1])


@require_http_methods(["GET", "POST"])
@needs("assessment-write")
def edit(request: HttpRequest) -> HttpResponse:
    form = SchemeForm(newest_scheme(), request.POST or None)
    months = pages.months_back(PAST)
    preview = None
    if request.method == "POST" and form.is_valid():
        made = form.scheme()
        if request.POST.get("do") == "try":
            on = rules.month_of(request.POST.get("on", ""))
            preview = assessment_preview.of(on if on in months else months[0], made, bureau_name())
        else:
            asked = _asked(request, made)
            if asked is not None:
                return asked
            if committed(
                request,
                form,
                lambda: publishing.set_scheme(person_of(request), made),
                done=_("The scheme is set."),
                fields={"scheme-month": "since"},
            ):
                return redirect("assessment-scheme")
    context = {"form": form, "months": months, "preview": preview, "back": reverse("assessment-scheme")}
    return render(request, "pages/assessment_scheme_edit.html", context, status=400 if form.errors else 200)


def _asked(request: HttpRequest, made: schemes.Scheme) -> HttpResponse | None:
    will = [
        _("Version %(version)s counts from %(month)s on, until another one does.")
        % {"version": made.version, "month": rules.said(made.since)},
        _("Months before it keep their points. Everybody can read the scheme."),
    ]
    title = _("Set the scheme")
    return confirmation(
        request, title=title, will=will, word=_("Set"), back=reverse("assessment-scheme-edit")
    )


# -- objections


@require_safe
@needs("objections")
def objections(request: HttpRequest) -> HttpResponse:
    """The open ones first, the oldest of them first."""
    within = rights(request).within("leader")
    rows = Objection.objects.filter(within).order_by("decision", "at", "id")
    if request.GET.get("state") != "all":
        rows = rows.filter(decision="")
    context = lists.page(request, rows)
    told = names([one.person for one in context["page"]])
    context["rows"] = [(one, told.get(str(one.person), "")) for one in context["page"]]
    return render(request, "pages/objections.html", context | {"is_all": request.GET.get("state") == "all"})


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            (rules.UPHELD, gettext_lazy("Upheld: what is ticked counts otherwise")),
            (rules.REFUSED, gettext_lazy("Refused")),
        ],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("The person reads it."),
    )


@require_http_methods(["GET", "POST"])
@needs("objections")
def objection(request: HttpRequest, objection: UUID) -> HttpResponse:
    row = Objection.objects.filter(rights(request).within("leader"), id=objection).first()
    if row is None:
        raise Http404
    month = Month(row.month, None, ledgers.own(), row.version)
    sheet = Sheet(month, row.person, month.row_of(row.person) if month.publication else None)
    by = schemes.BUILT_IN if month.scheme == 0 else scheme_of(row.month)
    grantable = objecting.grantable(row, sheet.row.items if sheet.row else (), by)
    form = DecisionForm(request.POST or None)
    struck, granted = request.POST.getlist("struck"), request.POST.getlist("granted")
    if committed(
        request,
        form,
        lambda: _decide(request, row, form, struck, granted),
        done=_("The objection is decided. Where it is upheld, publish the month anew."),
        fields={"objection-what": "decision", "objection-text": "text"},
    ):
        return redirect("assessment-month", rules.said(row.month))
    context: dict[str, Any] = {
        "row": row,
        "sheet": sheet,
        "form": form,
        "month": row.month,
        "grantable": [(one, said(one.kind, "outcome"), str(one.id) in granted) for one in grantable],
        "struck": struck if request.method == "POST" else ["/".join(map(str, one)) for one in row.struck],
        "decider": names([row.decided_by]).get(row.decided_by, "") if row.decided_by else "",
        "outcomes": _granted(row),
    }
    return render(request, "pages/objection.html", context, status=400 if form.errors else 200)


def _granted(row: Objection) -> list[tuple[Outcome, str]]:
    found = Outcome.objects.filter(id__in=row.granted) if row.granted else ()
    return [(one, said(one.kind, "outcome")) for one in found]


def _decide(
    request: HttpRequest, row: Objection, form: DecisionForm, struck: list[str], granted: list[str]
) -> None:
    """Of a ticked line `kind/ref/code`."""
    named = [one.split("/", 2) for one in struck]
    told = form.cleaned_data
    objecting.decide(person_of(request), row.id, told["decision"], named, granted, told["text"])


urls = [
    path("assessment/scheme", scheme, name="assessment-scheme"),
    path("assessment/scheme/edit", edit, name="assessment-scheme-edit"),
    path("objections", objections, name="objections"),
    path("objections/<uuid:objection>", objection, name="objection"),
]
