"""The scheme as a form: points with one place after the point, weights, and from which month on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from zhilu.server.assessment import rules
from zhilu.server.assessment.scheme import (
    CONDUCT,
    CREDITS,
    KINDS,
    LATE,
    LATE_LONG,
    LEAST_PRICE,
    MOST_BASE,
    MOST_WEIGHT,
    RANKS,
    Scheme,
)
from zhilu.server.assessment.services.reckoning import SCORED
from zhilu.server.ledger.clock import today
from zhilu.server.pages.services.review_pages import item_texts
from zhilu.server.pages.templatetags.zhilu import said

MONTHS_AHEAD = 12
FIRST_RULES = (
    "missing",
    LATE,
    LATE_LONG,
    "incomplete",
    "gap",
    "not-linked",
    "clock-off",
    "mark-missing",
    CONDUCT,
)


class Points(forms.DecimalField):
    """Shown in points, read as tenths."""

    def __init__(self, **kwargs: Any) -> None:
        most = Decimal(MOST_BASE) / 10
        super().__init__(min_value=0, max_value=most, max_digits=4, decimal_places=1, **kwargs)

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return None if found is None else int(found * 10)


@dataclass(frozen=True)
class Priced:
    label: str
    price: BoundField
    most: BoundField | None


class SchemeForm(forms.Form):
    def __init__(self, by: Scheme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.codes: list[str] = [*FIRST_RULES, *sorted(SCORED - set(FIRST_RULES))]
        self.items = item_texts()
        months = self._months()
        self.fields["since"] = forms.ChoiceField(
            label=_("Counts from"), choices=[(one, one) for one in months]
        )
        for name, label in (("base", _("Base")), ("least", _("Least")), ("most", _("Most"))):
            self.fields[name] = Points(label=label, initial=_points(getattr(by, name)))
        for code in self.codes:
            self._price("d", code, by.deductions.get(code, (0, 0)))
        for code in CREDITS:
            self._price("c", code, by.credits.get(code, (0, 0)))
        for code, words in self.items.items():
            initial = _points(by.items[code]) if code in by.items else None
            self.fields[f"i-{code}"] = Points(label=words, required=False, initial=initial)
        self._weights("r", RANKS, by.ranks, "rank")
        self._weights("k", KINDS, by.kinds, "department-kind")

    def _weights(self, group: str, codes: tuple[str, ...], weights: Mapping[str, int], table: str) -> None:
        for code in codes:
            self.fields[f"{group}-{code}"] = forms.IntegerField(
                label=said(code, table),
                min_value=0,
                max_value=MOST_WEIGHT,
                initial=weights.get(code, 1),
            )

    def _months(self) -> list[str]:
        first = max(rules.after(rules.begin(today())), self.by.since)
        found = []
        for _number in range(MONTHS_AHEAD):
            found.append(rules.said(first))
            first = rules.after(first)
        return found

    def _price(self, group: str, code: str, price: tuple[int, int]) -> None:
        label = said(code, "ground")
        self.fields[f"{group}-{code}"] = Points(label=label, initial=_points(price[0]))
        self.fields[f"{group}m-{code}"] = Points(label=_("most"), initial=_points(price[1]))

    def clean(self) -> dict[str, Any]:
        """What the rules would refuse, beside its field."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        for group, codes in (("d", self.codes), ("c", CREDITS)):
            for code in codes:
                price, most = told.get(f"{group}-{code}"), told.get(f"{group}m-{code}")
                if price and price < LEAST_PRICE:
                    self.add_error(f"{group}-{code}", _("Nothing, or half a point at least."))
                if price and most is not None and price > most:
                    self.add_error(f"{group}m-{code}", _("No less than the points each."))
        for code in self.items:
            if 0 < (told.get(f"i-{code}") or 0) < LEAST_PRICE:
                self.add_error(f"i-{code}", _("Nothing, or half a point at least."))
        return told

    # -- as the page draws it

    @property
    def bounds(self) -> list[BoundField]:
        return [self[name] for name in ("since", "base", "least", "most")]

    @property
    def deductions(self) -> Iterator[Priced]:
        yield from (self._priced("d", code) for code in self.codes)

    @property
    def credits(self) -> Iterator[Priced]:
        yield from (self._priced("c", code) for code in CREDITS)

    @property
    def conduct(self) -> Iterator[Priced]:
        yield from (Priced(label, self[f"i-{code}"], None) for code, label in self.items.items())

    @property
    def ranks(self) -> list[BoundField]:
        return [self[f"r-{code}"] for code in RANKS]

    @property
    def kinds(self) -> list[BoundField]:
        return [self[f"k-{code}"] for code in KINDS]

    def _priced(self, group: str, code: str) -> Priced:
        field = self[f"{group}-{code}"]
        return Priced(str(field.label), field, self[f"{group}m-{code}"])

    # -- as the rules read it

    def scheme(self) -> Scheme:
        """Of a form that is valid."""
        told = self.cleaned_data
        since = rules.month_of(told["since"]) or date.max
        items = {code: told[f"i-{code}"] for code in self.items if told.get(f"i-{code}") is not None}
        return Scheme(
            self.by.version + 1,
            since,
            told["base"],
            told["least"],
            told["most"],
            self._prices("d", self.codes),
            # What a checklist no longer has stays as it was.
            {**{code: one for code, one in self.by.items.items() if code not in self.items}, **items},
            self._prices("c", list(CREDITS)),
            {code: told[f"r-{code}"] for code in RANKS},
            {code: told[f"k-{code}"] for code in KINDS},
        )

    def _prices(self, group: str, codes: list[str]) -> dict[str, tuple[int, int]]:
        told = self.cleaned_data
        found = {code: (told[f"{group}-{code}"], told[f"{group}m-{code}"]) for code in codes}
        return {code: price for code, price in found.items() if price[0]}


def _points(tenths: int) -> Decimal:
    return Decimal(tenths) / 10
