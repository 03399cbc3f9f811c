"""Forms of draws, reviews and checklists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.sealed.draws import MOST_CHOSEN
from zhilu.server.ledger.clock import midnight
from zhilu.server.oversight import rules_reviews as rules
from zhilu.server.pages import words_reviews
from zhilu.server.pages.services.forms import Day


class PeriodForm(forms.Form):
    first = Day(label=gettext_lazy("Recordings from"))
    last = Day(label=gettext_lazy("to"), help_text=gettext_lazy("Both days are in it."))
    second = forms.IntegerField(
        label=gettext_lazy("Of these reviewed twice (percent)"), min_value=0, max_value=100, initial=20
    )

    def period(self) -> tuple[datetime, datetime]:
        said = self.cleaned_data
        return midnight(said["first"]), midnight(said["last"] + timedelta(days=1))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("first"), said.get("last")
        if first and last and not date(2000, 1, 1) <= first <= last < date(3000, 1, 1):
            raise forms.ValidationError(_("The first day is not after the last, both between 2000 and 2999."))
        return said


class DrawForm(PeriodForm):
    """`places`: the departments that this person may draw from; `is_whole`: and all of the bureau."""

    departments = forms.MultipleChoiceField(
        label=gettext_lazy("Departments"), required=False, widget=forms.CheckboxSelectMultiple
    )
    size = forms.IntegerField(label=gettext_lazy("How many are drawn"), min_value=1, max_value=MOST_CHOSEN)
    unit = forms.ChoiceField(
        label=gettext_lazy("That is"),
        choices=[("count", gettext_lazy("recordings")), ("percent", gettext_lazy("percent, rounded up"))],
    )
    field_order = ("first", "last", "departments", "size", "unit", "second")

    def __init__(self, places: Sequence[tuple[str, str]], is_whole: bool, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["departments"].choices = list(places)  # type: ignore[attr-defined]
        self.is_whole = is_whole
        if is_whole:
            self.fields["departments"].help_text = _("None marked: the whole bureau.")

    def clean_departments(self) -> list[str] | None:
        said = list(self.cleaned_data["departments"])
        if not said and not self.is_whole:
            raise forms.ValidationError(_("Mark at least one department."))
        return said or None

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("unit") == "percent" and (said.get("size") or 0) > 100:
            self.add_error("size", _("At most 100 percent."))
        return said

    def sample(self) -> tuple[int | None, int | None]:
        size = self.cleaned_data["size"]
        return (size, None) if self.cleaned_data["unit"] == "count" else (None, size)


class TargetForm(PeriodForm):
    """`values`: criterion → its choices, as one grouped list of `criterion:value`."""

    what = forms.ChoiceField(label=gettext_lazy("Recordings of"))
    most = forms.IntegerField(
        label=gettext_lazy("At most so many, the newest first"), min_value=1, max_value=200, initial=20
    )
    field_order = ("what", "first", "last", "most", "second")

    def __init__(self, values: Mapping[str, Sequence[tuple[str, str]]], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        groups = [
            (words_reviews.CRITERIA[code], [(f"{code}:{value}", text) for value, text in choices])
            for code, choices in values.items()
            if choices
        ]
        self.fields["what"].choices = [("", "—"), *groups]  # type: ignore[attr-defined]

    def criterion(self) -> tuple[str, str]:
        code, _colon, value = self.cleaned_data["what"].partition(":")
        return code, value


class ReviewForm(forms.Form):
    """Of the items of a checklist: a field for each, and the comment."""

    def __init__(self, items: Sequence[rules.Item], is_english: bool, *args: Any) -> None:
        super().__init__(*args)
        self.items = items
        for one in items:
            codes = rules.ANSWERS if one.na else rules.ANSWERS[:2]
            self.fields[f"item-{one.code}"] = forms.ChoiceField(
                label=one.en if is_english else one.zh,
                choices=[(code, words_reviews.ANSWERS[code]) for code in codes],
                widget=forms.RadioSelect,
                error_messages={"required": _("Every item is answered.")},
            )
        self.fields["comment"] = forms.CharField(
            label=_("Comment"),
            required=False,
            max_length=rules.LONGEST_COMMENT,
            widget=forms.Textarea({"rows": 3}),
            help_text=_("At most 500 characters. The officer reads it."),
        )

    def clean_comment(self) -> str:
        return str(self.cleaned_data["comment"]).replace("\r\n", "\n")

    def answers(self) -> dict[str, str]:
        return {one.code: self.cleaned_data[f"item-{one.code}"] for one in self.items}

    def lines(self) -> list[tuple[rules.Item, Any]]:
        return [(one, self[f"item-{one.code}"]) for one in self.items]


class ChecklistForm(forms.Form):
    """The items after the three of every review, a line each: code, 中文, English, what holds of it."""

    since = Day(label=gettext_lazy("In force from"))
    items = forms.CharField(
        label=gettext_lazy("Items after the first three"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea({"rows": 14, "class": "form-control z-mono"}),
        help_text=gettext_lazy(
            "One a line: code | Chinese | English, and if it is so: | must be met | need not apply. "
            "What must be met and is answered no, fails the recording."
        ),
    )

    def clean_items(self) -> list[rules.Item]:
        lines = [one for one in self.cleaned_data["items"].splitlines() if one.strip()]
        return [_item(number, line) for number, line in enumerate(lines, 1)]


def _item(number: int, line: str) -> rules.Item:
    parts = [one.strip() for one in line.replace("｜", "|").split("|")]
    code, zh, en = [*parts, "", ""][:3]
    holds, must, na = [one for one in parts[3:] if one], _("must be met"), _("need not apply")
    if len(parts) > 5 or not {must, na}.issuperset(holds):
        raise forms.ValidationError(_("Line %(number)s has another form.") % {"number": number})
    return rules.Item(code, zh, en, must in holds, na in holds)


def as_lines(items: Sequence[Any]) -> str:
    """The inverse, without the three."""
    own = [rules.Item(**one) for one in items][len(rules.COMMON) :]
    must, na = _("must be met"), _("need not apply")
    said = ((one.code, one.zh, one.en, must if one.must else "", na if one.na else "") for one in own)
    return "\n".join(" | ".join(filter(None, one)) for one in said)
