"""Where a page begins: a cursor says a time to the microsecond, and what tells rows of that time apart. It
gives no right: whatever it says, whose rows are shown is asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST = 120
FURTHEST = 10**17
"""No time, and no number of a row, comes near it, and both databases can hold it."""


def spell(at: datetime, *parts: object) -> str:
    return "_".join(map(str, ((at - EPOCH) // timedelta(microseconds=1), *parts)))


def read(cursor: str, *kinds: Callable[[str], Any]) -> tuple[Any, ...] | None:
    """The time and the parts, each as its kind reads it; None of what is no such cursor."""
    at, *parts = cursor[: LONGEST + 1].split("_", len(kinds))
    if len(cursor) > LONGEST or len(parts) != len(kinds):
        return None
    try:
        moment = EPOCH + timedelta(microseconds=number(at))
        return moment, *(kind(part) for kind, part in zip(kinds, parts, strict=True))
    except (ValueError, OverflowError):
        return None


def number(text: str) -> int:
    found = int(text) if text.isascii() and text.isdigit() else FURTHEST
    if found >= FURTHEST:
        raise ValueError
    return found
