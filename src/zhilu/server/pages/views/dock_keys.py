"""Security keys that were made at a station and wait for a system administrator's word."""

from __future__ import annotations

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhilu.protocols.dock_keys import DIGITS
from zhilu.server.equipment.models import DockCredential, PendingDockKey, Station
from zhilu.server.equipment.services import dock_keys
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services.forms import committed, confirmation, done
from zhilu.server.pages.services.rights import needs, person_of


class NumberForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Number on the station's screen"),
        max_length=DIGITS,
        validators=[RegexValidator(f"^[0-9]{{{DIGITS}}}$", gettext_lazy("Six digits."))],
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "The six digits that the person before you read off the station's screen. The fifth wrong number "
            "ends this key."
        ),
    )


@require_safe
@needs("equipment-enrol")
def index(request: HttpRequest) -> HttpResponse:
    """Those that wait, the oldest first."""
    return render(request, "pages/dock_keys.html", {"rows": told(list(dock_keys.waiting()[:100]))})


@require_http_methods(["GET", "POST"])
@needs("equipment-enrol")
def detail(request: HttpRequest, dock_key: int) -> HttpResponse:
    """One of them, to be confirmed by its number."""
    one = get_object_or_404(PendingDockKey, id=dock_key)
    form = NumberForm(request.POST or None)
    if committed(
        request,
        form,
        lambda: dock_keys.confirm(one.id, form.cleaned_data["number"], person_of(request)),
        done=_("The key is entered. It counts for assignments from now on."),
        fields={"number-wrong": "number"},
    ):
        return redirect("person", person=one.person)
    ((_same, person, station),) = told([one])
    context = {
        "one": one,
        "person": person,
        "station": station,
        "others": DockCredential.objects.filter(person=one.person).count(),
        "waits": dock_keys.waiting().filter(id=one.id).exists(),
        "form": form,
    }
    return render(request, "pages/dock_key.html", context, status=400 if form.errors else 200)


@require_POST
@needs("equipment-enrol")
def refuse(request: HttpRequest, dock_key: int) -> HttpResponse:
    one = get_object_or_404(PendingDockKey, id=dock_key)
    ((_same, person, station),) = told([one])
    asked = confirmation(
        request,
        title=_("Refuse the key of %(person)s") % {"person": person},
        will=[
            _("The key that was made at %(station)s never counts. Nothing is entered in the ledger.")
            % {"station": station},
            _("Whoever made it by right makes one anew at the station."),
        ],
        word=_("Refuse the key"),
        back=reverse("dock-key", args=[dock_key]),
    )
    if asked is not None:
        return asked
    done(request, lambda: dock_keys.refuse(dock_key), _("The key is refused."))
    return redirect("dock-keys")


def told(rows: list[PendingDockKey]) -> list[tuple[PendingDockKey, str, str]]:
    """Each with the names of person and station."""
    people = names(row.person for row in rows)
    stations = dict(Station.objects.values_list("kid", "name"))
    return [(row, people.get(str(row.person), ""), stations.get(row.station, row.station)) for row in rows]


urls = [
    path("dock-keys", index, name="dock-keys"),
    path("dock-keys/<int:dock_key>", detail, name="dock-key"),
    path("dock-keys/<int:dock_key>/refuse", refuse, name="dock-key-refuse"),
]
