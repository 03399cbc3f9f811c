"""Keeping a recording longer than the catalogue demands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from zhilu.server.catalogue import rules as catalogue_rules
from zhilu.server.evidence import rules_keeping
from zhilu.server.evidence.services import keeping
from zhilu.server.evidence.writers import may_lengthen
from zhilu.server.pages.services.catalogue_forms import KINDS
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.rights import needs, person_of, rights
from zhilu.server.pages.views.recording import own
from zhilu.server.pages.words_acts import KEEP_REASONS
from zhilu.server.pages.words_catalogue import KEPT


class KeepForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Kept for"), choices=list(KINDS.items()), initial="permanent")
    count = forms.IntegerField(
        label=gettext_lazy("How many days or years"),
        min_value=1,
        max_value=catalogue_rules.MOST_DAYS,
        required=False,
    )
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=list(KEEP_REASONS.items()))
    text = forms.CharField(
        label=gettext_lazy("In words"), max_length=rules_keeping.LONGEST_TEXT, required=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind, count = data.get("kind"), data.get("count")
        if kind and kind not in KEPT and count is None and "count" not in self.errors:
            self.add_error("count", _("From 180 days to 100 years."))
        data["keep"] = kind if kind in KEPT else f"{kind}-{count}"
        return data


@require_http_methods(["GET", "POST"])
@needs("describe")
def lengthen(request: HttpRequest, recording: UUID) -> HttpResponse:
    row = own(request, recording)
    if not may_lengthen(row, rights(request)):
        raise PermissionDenied
    form = KeepForm(request.POST or None)

    def enter() -> None:
        got = form.cleaned_data
        keeping.lengthen(person_of(request), row.id, got["keep"], got["reason"], got["text"])

    fields = {"keep": "count", "keep-shorter": "kind", "text": "text"}
    if committed(request, form, enter, done=_("The recording is kept longer."), fields=fields):
        return redirect("recording", recording=row.id)
    context = {"form": form, "recording": row, "back": reverse("recording", args=[row.id])}
    context |= {"keep": keeping.keep_of([row.id])[row.id], "submit": _("Keep it longer")}
    return render(request, "pages/keep.html", context, status=400 if form.errors else 200)


urls = [path("recordings/<uuid:recording>/keep", lengthen, name="recording-keep")]
