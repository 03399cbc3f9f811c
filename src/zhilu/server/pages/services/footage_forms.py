"""Forms of draws, reviews and checklists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.sealed.draws import MOST_CHOSEN
from zhilu.server.ledger.clock import midnight
from zhilu.server.oversight import rules_reviews as rules
from zhilu.server.pages import words_reviews
from zhilu.server.pages.services.forms import Day


class PeriodForm(forms.Form):
    first = Day(label=gettext_lazy("Recordings from"))
    last = Day(label=gettext_lazy("To"), help_text=gettext_lazy("Both days are in it."))
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
        # Side by side, where an indent would say nothing.
        self.fields["departments"].choices = [(one, name.strip("\u3000")) for one, name in places]  # type: ignore[attr-defined]
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


class ItemForm(forms.Form):
    """One item; `code`: of one that there is already."""

    code = forms.SlugField(required=False, max_length=40, widget=forms.HiddenInput)
    zh = forms.CharField(label=gettext_lazy("Chinese"), required=False, max_length=rules.LONGEST_ITEM)
    en = forms.CharField(label=gettext_lazy("English"), required=False, max_length=rules.LONGEST_ITEM)
    must = forms.BooleanField(label=gettext_lazy("must be met"), required=False)
    na = forms.BooleanField(label=gettext_lazy("need not apply"), required=False)


NEW_ITEMS = 3
ItemForms = forms.formset_factory(
    ItemForm, extra=NEW_ITEMS, can_order=True, max_num=rules.MOST_ITEMS, absolute_max=rules.MOST_ITEMS
)


class ChecklistForm(forms.Form):
    """`lines`: the items after the three of every review, and room for more; without a text it is none."""

    since = Day(label=gettext_lazy("In force from"))

    def __init__(self, data: QueryDict | None, before: Sequence[rules.Item], **more: Any) -> None:
        super().__init__(data, **more)
        self.lines = ItemForms(data, initial=[vars(one) for one in before], prefix="item")

    def clean(self) -> None:
        if not self.lines.is_valid():
            raise forms.ValidationError(_("An item is not as it must be: look at what is marked below."))

    def items(self, taken: Collection[str]) -> list[rules.Item]:
        """`taken`: codes that mean something already; a new item gets another."""
        new = (code for number in count(1) if (code := f"item-{number}") not in taken)
        said = (line.cleaned_data for line in self.lines.ordered_forms)
        return [
            rules.Item(one["code"] or next(new), one["zh"], one["en"], one["must"], one["na"])
            for one in said
            if one["zh"] or one["en"]
        ]
