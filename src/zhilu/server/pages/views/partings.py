"""Ending a neighbourhood: a system administrator asks, a security administrator does it."""

from __future__ import annotations

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from zhilu.server.federation import rules
from zhilu.server.federation.models import Joined
from zhilu.server.federation.services import neighbours
from zhilu.server.organisation.services.people import bureau_names, names
from zhilu.server.pages.services.forms import committed, confirmation, done
from zhilu.server.pages.services.rights import needs, person_of, rights
from zhilu.server.pages.words_federation import PARTINGS

DECIDES = "security-administrator"


class PartingForm(forms.Form):
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=list(PARTINGS.items()))
    text = forms.CharField(
        label=gettext_lazy("In words"),
        max_length=rules.LONGEST_PARTING,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy(
            "Who decides reads it, and so does the other bureau while it follows this ledger; it stays there "
            "as personal text."
        ),
    )


@require_http_methods(["GET", "POST"])
@needs("partings")
def part(request: HttpRequest, bureau: str) -> HttpResponse:
    joined = get_object_or_404(Joined, bureau=bureau)
    name = bureau_names(bureau)[bureau]
    asked = neighbours.asked(bureau)
    form = PartingForm(request.POST or None)
    person = str(person_of(request))
    may_ask, may_part = (role in rights(request).roles for role in ("system-administrator", DECIDES))
    if request.method == "POST" and not may_ask:
        if not may_part:
            raise PermissionDenied
        return _part(request, joined.bureau, name, person)
    if may_ask and committed(
        request,
        form,
        lambda: neighbours.ask_to_part(
            bureau, form.cleaned_data["reason"], form.cleaned_data["text"], person
        ),
        done=_("Asked. A security administrator ends it, within seven days."),
        fields={"parting-words": "text"},
    ):
        return redirect("federation")
    context = {
        "name": name,
        "form": form if may_ask else None,
        "asked": asked,
        "who": names({asked.by}).get(asked.by, asked.by) if asked else "",
        "may_part": may_part,
        "back": reverse("federation"),
    }
    return render(request, "pages/parting.html", context, status=400 if may_ask and form.errors else 200)


def _part(request: HttpRequest, bureau: str, name: str, person: str) -> HttpResponse:
    asked = neighbours.asked(bureau)
    will = [
        _("Its server reads nothing here any more: its keys are refused from now on."),
        _("Its ledger is followed and audited no more, and its rows are in no figure and no list any more."),
        _("What was read of it stays stored here; what it has read of this bureau stays there."),
    ]
    word = _("End it")
    back = reverse("federation-part", args=[bureau])
    title = _("End the neighbourhood with %(name)s") % {"name": name}
    confirm = confirmation(request, title=title, will=will, word=word, back=back)
    if confirm is not None:
        return confirm
    # What was asked meanwhile is not what was read.
    said = request.POST.get("asked", "")
    number = asked.entry if asked and said == str(asked.entry) else 0
    if done(request, lambda: neighbours.part(bureau, number, person), _("The neighbourhood has ended.")):
        return redirect("federation")
    return redirect(back)


urls = [path("federation/part/<str:bureau>", part, name="federation-part")]
