"""Forms of notices: one that the city issues, and a county's confirmation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from zhilu.server.catalogue import rules_notices as rules
from zhilu.server.pages.services.forms import Day


class NoticeForm(forms.Form):
    """`counties`: code → name."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=rules.LONGEST_NOTICE,
        widget=forms.Textarea({"rows": 12}),
        help_text=gettext_lazy(
            "At most 5,000 characters. It comes to every county's ledger, also where it is not meant for it."
        ),
    )
    bureaus = forms.MultipleChoiceField(
        label=gettext_lazy("For these counties"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None marked: for all."),
    )
    reply_by = Day(
        label=gettext_lazy("Confirm until"),
        required=False,
        help_text=gettext_lazy("The last day. Empty: no day is set."),
    )

    def __init__(self, counties: dict[str, str], *args: Any) -> None:
        super().__init__(*args)
        self.fields["bureaus"].choices = list(counties.items())  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")


class ConfirmForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Answer to the city"),
        required=False,
        max_length=rules.LONGEST_ANSWER,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("If there is something to say; at most 500 characters."),
    )
