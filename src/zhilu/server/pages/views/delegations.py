from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from zhilu.server.ledger.clock import midnight, now, today
from zhilu.server.organisation.models import Person, Role
from zhilu.server.organisation.rules import ADMINISTRATORS, DELEGABLE
from zhilu.server.organisation.services import delegations
from zhilu.server.organisation.services.people import names
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services import lists, organisation
from zhilu.server.pages.services.forms import Day, committed, confirmation, done
from zhilu.server.pages.services.rights import needs, rights
from zhilu.server.pages.words import ROLES

BESIDE = {
    "delegation": "until",
    "delegation-covered": "receiver",
    "role-conflict": "receiver",
    "role-self": "receiver",
}


class DelegationForm(forms.Form):
    """`grant`: whose role, as `person role`."""

    grant = forms.ChoiceField(label=gettext_lazy("Role to hand on"))
    receiver = forms.ChoiceField(
        label=gettext_lazy("Handed to"), help_text=gettext_lazy("Anybody who is no administrator.")
    )
    since = Day(label=gettext_lazy("First day"))
    until = Day(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("At most 90 days."),
    )

    def __init__(self, by: Rights, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["grant"].choices = _grants(by)  # type: ignore[attr-defined]
        self.fields["receiver"].choices = [("", "—"), *_receivers(by)]  # type: ignore[attr-defined]
        self.fields["since"].initial = today().isoformat()

    def read(self) -> tuple[UUID, UUID, str, datetime, datetime]:
        """Days in Beijing: from the beginning of the first to the end of the last."""
        giver, role = self.cleaned_data["grant"].split()
        since, until = self.cleaned_data["since"], self.cleaned_data["until"] + timedelta(days=1)
        start, stop = (midnight(day) for day in (since, until))
        return UUID(giver), UUID(self.cleaned_data["receiver"]), role, start, stop

    def clean_until(self) -> object:
        until, since = self.cleaned_data["until"], self.cleaned_data.get("since")
        if since and until < since:
            raise forms.ValidationError(_("The last day is not before the first."))
        if until.year > now().year + 1:
            raise forms.ValidationError(_("At most 90 days."))
        return until


@require_http_methods(["GET", "POST"])
@needs("delegations")
def index(request: HttpRequest) -> HttpResponse:
    """One's own, given and received; a security administrator sees all."""
    by = rights(request)
    form = DelegationForm(by, request.POST or None)
    if request.method == "POST" and form.is_valid():
        word = _("Hand on")
        asked = confirmation(
            request, title=_("Hand on a role"), will=_will(form), word=word, back=reverse("delegations")
        )
        if asked is not None:
            return asked
    if committed(
        request,
        form,
        lambda: delegations.give(by, *form.read()),
        done=_("The role is handed on."),
        fields=BESIDE,
    ):
        return redirect("delegations")
    context = lists.page(request, delegations.visible(by), 20)
    context |= {
        "form": form,
        "can_give": bool(form.fields["grant"].choices),  # type: ignore[attr-defined]
        "rows": organisation.handed(by, list(context["page"])),
    }
    return render(request, "pages/delegations.html", context, status=400 if form.errors else 200)


@require_POST
@needs("delegations")
def end(request: HttpRequest, delegation: UUID) -> HttpResponse:
    by = rights(request)
    row = delegations.visible(by).filter(id=delegation).first()
    one = organisation.handed(by, [row])[0] if row else None
    if one and one.can_end:
        told = {"name": one.receiver, "role": ROLES[one.role]}
        will = [_("%(name)s no longer has the role %(role)s of another, from this moment on.") % told]
        word = _("End the delegation")
        asked = confirmation(request, title=word, will=will, word=word, back=reverse("delegations"))
        if asked is not None:
            return asked
    done(request, lambda: delegations.end(by, delegation), _("The delegation has ended."))
    return redirect("delegations")


def _will(form: DelegationForm) -> list[str]:
    giver, receiver, role, _since, _until = form.read()
    told = names([giver, receiver])
    days = {"since": form.cleaned_data["since"], "until": form.cleaned_data["until"]}
    who = {"giver": told.get(str(giver), ""), "name": told.get(str(receiver), ""), "role": ROLES[role]}
    return [
        _("%(name)s has the role %(role)s of %(giver)s from %(since)s to %(until)s, the last day included.")
        % (who | days),
        _("It covers what the giver's own right covers. The receiver cannot hand it on."),
    ]


def _grants(by: Rights) -> list[tuple[str, str]]:
    """What can be handed on: one's own, and for a security administrator everybody's."""
    held = Role.objects.filter(role__in=DELEGABLE, ended_at=None)
    if delegations.MANAGES not in by.roles:
        held = held.filter(person=by.person)
    grants = list(held.values_list("person", "role"))
    told = {one.id: str(one) for one in Person.objects.filter(id__in=[person for person, _role in grants])}
    choices = [(f"{one} {role}", f"{told.get(one, '')} · {ROLES[role]}") for one, role in grants]
    return sorted(choices, key=lambda pair: pair[1])


def _receivers(by: Rights) -> list[tuple[str, str]]:
    """Who works here and may receive."""
    never = Role.objects.filter(role__in=ADMINISTRATORS, ended_at=None).values("person")
    found = organisation.at_work().exclude(id__in=never).exclude(id=by.person)
    return [(str(one.id), f"{one} {one.number}".strip()) for one in found.order_by("name", "id")]


urls = [
    path("delegations", index, name="delegations"),
    path("delegations/<uuid:delegation>/end", end, name="delegation-end"),
]
