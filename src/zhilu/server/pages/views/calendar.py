from __future__ import annotations

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.ledger.clock import today
from zhilu.server.organisation import rules_calendar
from zhilu.server.organisation.services import calendar
from zhilu.server.pages.services import organisation
from zhilu.server.pages.services.forms import Day, committed
from zhilu.server.pages.services.rights import may, needs, person_of, rights
from zhilu.server.pages.words import DAY_KINDS

ORDINARY = "ordinary"
WEEKDAYS = (
    gettext_lazy("Mo"),
    gettext_lazy("Tu"),
    gettext_lazy("We"),
    gettext_lazy("Th"),
    gettext_lazy("Fr"),
    gettext_lazy("Sa"),
    gettext_lazy("Su"),
)


class DaysForm(forms.Form):
    """Days of one year. Nothing else of the year changes."""

    first = Day(label=gettext_lazy("First day"))
    last = Day(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Empty: one day only."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("These days are"),
        widget=forms.RadioSelect,
        choices=[*DAY_KINDS.items(), (ORDINARY, gettext_lazy("ordinary days again"))],
        help_text=gettext_lazy("Only a Saturday or Sunday can become a workday."),
    )


@require_safe
@needs("calendar")
def now_on(request: HttpRequest) -> HttpResponse:
    return redirect("calendar", year=today().year)


@require_http_methods(["GET", "POST"])
@needs("calendar")
def index(request: HttpRequest, year: int) -> HttpResponse:
    """Twelve months; whoever may, marks days."""
    if not rules_calendar.FIRST_YEAR <= year <= rules_calendar.LAST_YEAR:
        raise Http404
    writes = may(rights(request).roles, "calendar-write")
    if request.method == "POST" and not writes:
        raise PermissionDenied
    form = DaysForm(request.POST or None)
    if committed(
        request,
        form,
        lambda: _mark(request, form),
        done=_("Saved."),
        fields={"calendar-days": "last", "calendar": "first"},
    ):
        return redirect("calendar", year=form.cleaned_data["first"].year)
    months = organisation.year_of(year, calendar.days(year), today())
    context = {
        "year": year,
        "months": months,
        "has": calendar.has(year),
        "worked": sum(month.worked for month in months),
        "form": form if writes else None,
        "weekdays": WEEKDAYS,
        "before": max(year - 1, rules_calendar.FIRST_YEAR),
        "after": min(year + 1, rules_calendar.LAST_YEAR),
    }
    return render(request, "pages/calendar.html", context, status=400 if form.errors else 200)


def _mark(request: HttpRequest, form: DaysForm) -> None:
    said = form.cleaned_data
    kind = None if said["kind"] == ORDINARY else said["kind"]
    calendar.mark(said["first"], said["last"] or said["first"], kind, person_of(request))


urls = [
    path("calendar", now_on, name="calendar-now"),
    path("calendar/<int:year>", index, name="calendar"),
]
