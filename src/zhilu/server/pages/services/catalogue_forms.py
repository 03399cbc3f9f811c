"""Forms of catalogue, proposals, rollout plan and rules in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.server.catalogue import rules
from zhilu.server.catalogue.services.differences import Content
from zhilu.server.pages.services.forms import Day
from zhilu.server.pages.words import TIERS
from zhilu.server.pages.words_catalogue import FIELDS, KEPT

KINDS = {"days": gettext_lazy("days"), "years": gettext_lazy("years"), **KEPT}


def _text(name: str, rows: int = 0) -> forms.CharField:
    widget = forms.Textarea({"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=FIELDS[name], max_length=rules.LONGEST_TEXT, widget=widget)


class ProcedureForm(forms.Form):
    """A procedure as a version lists it; without `code`, where the code stands already."""

    code = forms.RegexField(
        rules.CODE,
        label=FIELDS["code"],
        max_length=rules.LONGEST_CODE,
        help_text=gettext_lazy("1 to 16 of letters, digits, dot, dash: A01. It is never given again."),
    )
    name = _text("name")
    group = _text("group")
    department = _text("department")
    class_ = forms.ChoiceField(label=FIELDS["class"])
    tier = forms.ChoiceField(label=FIELDS["tier"], choices=list(TIERS.items()))
    min_officers = forms.IntegerField(
        label=FIELDS["min_officers"], min_value=1, max_value=rules.MOST_OFFICERS, initial=1
    )
    marks = forms.IntegerField(
        label=FIELDS["marks"],
        min_value=0,
        max_value=rules.MOST_MARKS,
        required=False,
        help_text=gettext_lazy("Key moments that the officer marks on the recorder."),
    )
    start = _text("start", 2)
    content = _text("content", 3)
    end = _text("end", 2)
    retention_kind = forms.ChoiceField(label=FIELDS["retention"], choices=list(KINDS.items()))
    retention_count = forms.IntegerField(
        label=gettext_lazy("How many days or years"),
        min_value=1,
        max_value=rules.MOST_DAYS,
        required=False,
        help_text=gettext_lazy("Never under 180 days."),
    )
    script = forms.ChoiceField(label=FIELDS["script"], required=False)

    def __init__(self, draft: Content, row: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        """`row`: what is shown first; with a code, the code stands."""
        super().__init__(*args, **kwargs | {"initial": _initial(row)})
        self.listed = row.get("code", "")
        if self.listed:
            del self.fields["code"]
        none = [("", _("none"))]
        self.fields["class_"].choices = list(draft.classes.items())  # type: ignore[attr-defined]
        scripts = [(code, f"{code}: {text[:40]}") for code, text in draft.scripts.items()]
        self.fields["script"].choices = none + scripts  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["marks"] = data.get("marks") or 0
        kind, count = data.get("retention_kind"), data.get("retention_count")
        if kind in KEPT:
            data["retention"] = kind
        elif kind and "retention_count" in data:
            data["retention"] = f"{kind}-{count}"
            if not rules.is_retention(data["retention"]):
                self.add_error("retention_count", _("From 180 days to 100 years."))
        return data

    def row(self) -> dict[str, Any]:
        """As a version lists it, in the order of its fields."""
        data = self.cleaned_data | {"class": self.cleaned_data["class_"]}
        data["script"] = data["script"] or None
        return {name: self.listed if name == "code" and self.listed else data[name] for name in rules.FIELDS}


def _initial(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {"marks": 0} | dict(row) | {"class_": row.get("class", "")}
    kind, _dash, count = str(row.get("retention", "")).partition("-")
    return found | {"retention_kind": kind or "days", "retention_count": count or (None if kind else 180)}


class ProposalForm(ProcedureForm):
    """What should be otherwise: the procedure, changed, and why. A new one has no code yet."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=rules.LONGEST_REASON, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("code", None)

    def changes(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """field → what is proposed; a script is taken away by an empty text."""
        data = self.cleaned_data | {"class": self.cleaned_data["class_"]}
        names = [name for name in rules.FIELDS if name != "code"]
        before = {name: row.get(name) or "" for name in names} | {"marks": row.get("marks", 0)}
        return {name: data[name] for name in names if data[name] != before[name]}


class TextForm(forms.Form):
    """A class or a spoken text."""

    code = forms.RegexField(
        rules.CODE,
        label=FIELDS["code"],
        max_length=rules.LONGEST_CODE,
        help_text=gettext_lazy("1 to 16 of letters, digits, dot, dash."),
    )
    text = forms.CharField(
        label=FIELDS["text"], max_length=rules.LONGEST_TEXT, widget=forms.Textarea({"rows": 4})
    )

    def __init__(self, code: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if code:
            del self.fields["code"]


class ForceForm(forms.Form):
    """From which day the draft counts, and which proposals it carries out."""

    since = Day(label=gettext_lazy("Takes effect on"))
    adopted = forms.MultipleChoiceField(
        label=gettext_lazy("Carries out the proposals"), required=False, widget=forms.CheckboxSelectMultiple
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class LineForm(forms.Form):
    """A line of the rollout plan. `place`: bureau, or bureau and department."""

    place = forms.ChoiceField(label=gettext_lazy("Where"))
    tier = forms.ChoiceField(label=gettext_lazy("What must be recorded"))
    since = Day(label=gettext_lazy("Takes effect on"))
    until = Day(
        label=gettext_lazy("Ends on"),
        required=False,
        help_text=gettext_lazy("The first day on which it no longer counts; empty: until further notice."),
    )


class RegulationForm(forms.Form):
    """`version`: the one that this will be, as the writer saw it."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=100_000)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=rules.LONGEST_REGULATION,
        widget=forms.Textarea({"rows": 24}),
        help_text=gettext_lazy("At most 20,000 characters. Blank lines separate paragraphs."),
    )
    since = Day(label=gettext_lazy("Takes effect on"))

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")
