from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from zhilu.server.ledger.clock import midnight, now, today
from zhilu.server.organisation import rules_tokens
from zhilu.server.organisation.models import ApiToken
from zhilu.server.organisation.services import api_tokens
from zhilu.server.organisation.services.people import department_names, names
from zhilu.server.pages.services import organisation
from zhilu.server.pages.services.forms import Day, committed, confirmation, done
from zhilu.server.pages.services.rights import needs, person_of
from zhilu.server.pages.words_ledger import API_ENDS, API_SCOPES

DAYS = 180
MOST = 200


class TokenForm(forms.Form):
    """Nothing is chosen beforehand: a slip must not give everything."""

    name = forms.CharField(label=gettext_lazy("System that gets it"), max_length=rules_tokens.LONGEST_NAME)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        choices=list(API_SCOPES.items()),
    )
    reach = forms.ChoiceField(
        label=gettext_lazy("Over what"),
        widget=forms.RadioSelect,
        choices=[
            ("bureau", gettext_lazy("the whole bureau")),
            ("departments", gettext_lazy("these departments")),
        ],
    )
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("Departments, with those below them"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    tasks = forms.IntegerField(
        label=gettext_lazy("Due tasks a day at most"),
        required=False,
        min_value=1,
        max_value=rules_tokens.MOST_TASKS,
        help_text=gettext_lazy("Of a system that enters them; empty: 200,000."),
    )
    until = Day(
        label=gettext_lazy("Counts to the end of"), help_text=gettext_lazy("At most a year from today.")
    )

    def __init__(self, places: dict[UUID, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["departments"].choices = [(str(one), name) for one, name in places.items()]  # type: ignore[attr-defined]

    def clean(self) -> None:
        reach, chosen = self.cleaned_data.get("reach"), self.cleaned_data.get("departments")
        if reach == "departments" and not chosen:
            self.add_error("departments", _("Choose at least one department."))
        if reach == "bureau" and chosen:
            self.add_error("departments", _("Either the whole bureau, or departments."))

    def places(self) -> list[UUID] | None:
        chosen = self.cleaned_data["departments"]
        return [UUID(one) for one in chosen] if chosen else None


@require_http_methods(["GET", "POST"])
@needs("api-tokens")
def index(request: HttpRequest) -> HttpResponse:
    """All tokens, and a form for one more; the answer to it shows the token, this once."""
    form = TokenForm(
        organisation.own_places(), request.POST or None, initial={"until": today() + timedelta(days=DAYS)}
    )
    made: list[tuple[UUID, str]] = []

    def grant() -> None:
        said = form.cleaned_data
        until: date = said["until"]
        ends = midnight(until + timedelta(days=1))
        who = person_of(request)
        made.append(api_tokens.grant(said["name"], said["scopes"], form.places(), ends, who, said["tasks"]))

    fields = {"api-tasks": "tasks"}
    fields |= {"api-expires": "until", "api-scope": "scopes", "api-name": "name", "api-departments": "reach"}
    is_granted = committed(request, form, grant, fields=fields)
    rows = _rows()
    context = {
        "live": [row for row in rows if row["is_live"]],
        "over": [row for row in rows if not row["is_live"]],
        "form": form,
        "made": made[0][1] if is_granted else "",
        "ends": API_ENDS,
        "name": form.cleaned_data["name"] if is_granted else "",
    }
    return render(request, "pages/api_tokens.html", context, status=400 if form.errors else 200)


@require_POST
@needs("api-tokens")
def withdraw(request: HttpRequest, token: UUID) -> HttpResponse:
    row = ApiToken.objects.filter(id=token, ended_at=None).first()
    reason = request.POST.get("reason", "")
    if reason in API_ENDS and row is not None:
        will = [
            _("What has the token of %(name)s gets nothing more, from this moment on.") % {"name": row},
            _("It cannot be given back: a new one is granted instead."),
        ]
        word = _("Withdraw the token")
        asked = confirmation(request, title=word, will=will, word=word, back=reverse("api-tokens"))
        if asked is not None:
            return asked
    done(
        request, lambda: api_tokens.withdraw(token, reason, person_of(request)), _("The token is withdrawn.")
    )
    return redirect("api-tokens")


def _rows() -> list[dict[str, Any]]:
    """The newest first."""
    tokens = list(ApiToken.objects.order_by("-at", "-id")[:MOST])
    told = names({one for row in tokens for one in (row.by, row.ended_by) if one})
    places, used, at = department_names(), api_tokens.last_used(), now()
    return [
        {
            "token": row,
            "places": None
            if row.departments is None
            else _(", ").join(places.get(UUID(one), "?") for one in row.departments),
            "by": told.get(row.by, row.by),
            "ended_by": told.get(row.ended_by, row.ended_by),
            "used": used.get(row.id),
            "is_live": row.ended_at is None and row.expires > at,
        }
        for row in tokens
    ]


urls = [
    path("api-tokens", index, name="api-tokens"),
    path("api-tokens/<uuid:token>/withdraw", withdraw, name="api-token-withdraw"),
]
