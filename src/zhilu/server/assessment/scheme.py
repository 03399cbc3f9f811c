"""The scheme: what each ground takes or adds (pure; spec/assessment.md §2).

- Prices are in tenths of a point, none or half a point at least, each with the most of it a month.
- What is referred (tampering, copying, leaking) has no price, whoever enters one.
- A version counts from a month on that begins after the day of its entry, none before the one it follows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from zhilu.errors import DataError

LATE, LATE_LONG, CONDUCT = "late", "late-72", "conduct"
LEAST_PRICE = 5
MOST_BASE = 2000
MOST_WEIGHT = 10
MOST_ITEMS = 200
CREDITS = ("dispute-settled", "disturbance-handled", "off-book-found")
"""Outcomes for which a record can be good."""
RANKS = ("officer", "deputy-head", "head", "leader")
KINDS = (
    "collection", "administration", "monitoring", "inspection", "legal", "leadership", "support", "other",
)  # fmt: skip
Price = tuple[int, int]
"""Tenths each, and the most of it a month."""


@dataclass(frozen=True)
class Scheme:
    """`since`: the first day of its first month. `deductions`: rule → price; `late-72` and `conduct` besides.
    `items`: of checklists; those that it does not name cost what `conduct` says.
    """

    version: int
    since: date
    base: int
    least: int
    most: int
    deductions: Mapping[str, Price]
    items: Mapping[str, int] = field(default_factory=dict)
    credits: Mapping[str, Price] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)

    def bounded(self, tenths: int) -> int:
        return min(max(tenths, self.least), self.most)

    def price(self, is_credit: bool, code: str, item: str) -> Price:
        """`code` as in `deductions` or `credits`; `item` of a checklist."""
        if is_credit:
            return self.credits.get(code, (0, 0))
        tenths, most = self.deductions.get(code, (0, 0))
        return (self.items.get(item, tenths), most) if code == CONDUCT else (tenths, most)


BUILT_IN = Scheme(
    version=0,
    since=date.min,
    base=1000,
    least=0,
    most=1200,
    deductions={
        "missing": (50, 500),
        LATE: (10, 100),
        LATE_LONG: (30, 150),
        "incomplete": (20, 200),
        "gap": (20, 200),
        "not-linked": (10, 100),
        "clock-off": (10, 50),
        "mark-missing": (10, 100),
        CONDUCT: (20, 300),
    },
    credits={"dispute-settled": (20, 100), "disturbance-handled": (20, 100), "off-book-found": (30, 100)},
    ranks=dict.fromkeys(RANKS, 1),
    kinds=dict.fromkeys(KINDS, 1),
)
"""Composed, as domain.md has it; counts until a version is entered."""


def to_json(scheme: Scheme) -> dict[str, Any]:
    """What its entry says besides version and month."""
    return {
        "base": scheme.base,
        "least": scheme.least,
        "most": scheme.most,
        "deductions": {code: list(price) for code, price in sorted(scheme.deductions.items())},
        "items": dict(sorted(scheme.items.items())),
        "credits": {code: list(price) for code, price in sorted(scheme.credits.items())},
        "ranks": dict(sorted(scheme.ranks.items())),
        "kinds": dict(sorted(scheme.kinds.items())),
    }


def check_scored(said: Mapping[str, Any], scored: Collection[str]) -> None:
    """`scored`: the rules that may have a price, in this release. Applied, a price of another counts nothing:
    what is referred is no fault.
    """
    strange = sorted(set(said["deductions"]) - {*scored, LATE_LONG, CONDUCT})
    if strange:
        raise DataError("scheme-rule", "{rule} can have no points.", rule=strange[0])


def read(version: int, since: date, said: Mapping[str, Any]) -> Scheme:
    """The scheme that an entry says. DataError `scheme-…`."""
    base, least, most = said["base"], said["least"], said["most"]
    if not 0 <= least <= base <= most <= MOST_BASE or base < LEAST_PRICE:
        raise DataError(
            "scheme-bounds",
            "Least, base and most follow each other, at most {most} points.",
            most=MOST_BASE // 10,
        )
    if set(said["credits"]) - set(CREDITS):
        raise DataError(
            "scheme-credit", "Only these outcomes can have points: {known}.", known=", ".join(CREDITS)
        )
    deductions = {code: _price(price, most) for code, price in said["deductions"].items()}
    credits_ = {code: _price(price, most) for code, price in said["credits"].items()}
    items = {code: _price([tenths, most], most)[0] for code, tenths in said["items"].items()}
    if len(items) > MOST_ITEMS or not all(map(_is_code, [*items, *deductions])):
        raise DataError("scheme-items", "A scheme names at most {most} items.", most=MOST_ITEMS)
    ranks, kinds = _weights(said["ranks"], RANKS), _weights(said["kinds"], KINDS)
    return Scheme(version, since, base, least, most, deductions, items, credits_, ranks, kinds)


def _is_code(code: str) -> bool:
    return 0 < len(code) <= 64 and code.isprintable()


def _price(said: Any, most: int) -> Price:
    is_pair = isinstance(said, (list, tuple)) and len(said) == 2
    if not is_pair or any(type(one) is not int for one in said):
        raise DataError("scheme-price", "A price is two whole numbers of tenths.")
    tenths, limit = said
    if not (tenths == 0 or LEAST_PRICE <= tenths <= limit) or not 0 <= limit <= most:
        raise DataError(
            "scheme-price", "A price is nothing, or half a point at least and no more than the most a month."
        )
    return tenths, limit


def _weights(said: Mapping[str, Any], known: Collection[str]) -> dict[str, int]:
    is_good = all(
        code in known and type(weight) is int and 0 <= weight <= MOST_WEIGHT for code, weight in said.items()
    )
    if not is_good:
        raise DataError("scheme-weight", "A weight is a whole number from 0 to {most}.", most=MOST_WEIGHT)
    return dict(said)


def check_version(version: int, since: date, newest: Scheme, next_month: date) -> None:
    """`next_month`: the first day of the month after the entry's."""
    if version != newest.version + 1:
        raise DataError("scheme-version", "Somebody else has changed the scheme meanwhile: read it again.")
    if since < next_month:
        raise DataError("scheme-month", "A scheme counts from the next month at the earliest.")
    if since < newest.since:
        raise DataError("scheme-month", "A scheme does not begin before the one it follows.")
