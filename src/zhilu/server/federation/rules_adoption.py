"""What flows down from a city to its counties (pure; spec/federation.md §6).

- These kinds, in any version: of a version that this release does not know the county says so and waits, for
  what comes after it may rest on it.
- A catalogue gets the county's next number, and begins in the county on the city's day, or on the day that it
  is taken over if that is later: what was in force on days gone by stays.
- Once the city has spoken of a kind the county enters none of it. Left to it is what it had before: the name
  of a person of its own, the end of a course of its own.
"""

from __future__ import annotations

from datetime import date

from zhilu.errors import DataError

FLOWS = (
    "person-added",
    "person-described",
    "catalogue-set",
    "regulation-issued",
    "calendar-set",
    "course-set",
    "notice-issued",
)
KNOWN = frozenset(f"{name}/1" for name in FLOWS)
MOST_VERSIONS = 99
"""No leaf has a later one (spec/ledger.md §1)."""
KINDS = [f"{name}/{version}" for name in FLOWS for version in range(1, MOST_VERSIONS + 1)]
"""Also those that another release may know."""


def name_of(kind: str) -> str:
    return kind.partition("/")[0]


def check_known(kind: str) -> None:
    if kind not in KNOWN:
        raise DataError("kind", "This server knows no entry of kind {kind}.", kind=kind)


def begins(city: date, today: date) -> date:
    """A catalogue in the county."""
    return max(city, today)


def from_city() -> DataError:
    return DataError(
        "from-city", "The city bureau lays this down for all its counties: ask there for the change."
    )
