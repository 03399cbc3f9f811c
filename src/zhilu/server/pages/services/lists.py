"""What an address asks of a list: words to search, days, a page. What cannot be is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

LONGEST = 64
SIZE = 50
FIRST_DAYS = 7
"""Of a month, in which a page that counts months opens on the one before: too little is known of this one."""


def text(asked: str) -> str:
    """Without a NUL: one of the two databases takes none."""
    return asked.replace("\0", "").strip()[:LONGEST]


def day(asked: str) -> date | None:
    try:
        found = date.fromisoformat(asked)
    except ValueError:
        return None
    # Beyond these a day has no neighbour that a database could hold.
    return found if 2000 <= found.year <= 2999 else None


def days(query: Mapping[str, str], usual: int, most: int, today: date) -> tuple[date, date]:
    """From `first` to `last`, both in it: the last `usual` days where nothing is asked, at most `most`."""
    last = day(query.get("last", "")) or today
    first = day(query.get("first", "")) or last - timedelta(days=usual - 1)
    return max(min(first, last), last - timedelta(days=most - 1)), last


def usual_month(today: date) -> date:
    """The first day of the month on which such a page opens."""
    first = today.replace(day=1)
    return first if today.day > FIRST_DAYS else (first - timedelta(days=1)).replace(day=1)


def page(
    request: HttpRequest, found: QuerySet[Any] | Sequence[Any], size: int = SIZE, count: int | None = None
) -> dict[str, Any]:
    """Of `pages/_numbered.html`: the rows, and `kept`, what the addresses of the other pages ask besides.
    `count`: how many there are, where that is known.
    """
    kept = request.GET.copy()
    for name in [name for name, value in kept.items() if name == "page" or not value]:
        del kept[name]
    pages = Paginator(found, size)
    if count is not None:
        pages.__dict__["count"] = count  # what it would ask for, and keep
    return {
        "page": pages.get_page(request.GET.get("page")),
        "kept": f"&{kept.urlencode()}" if kept else "",
    }


def older(request: HttpRequest, cursor: str | None) -> dict[str, Any]:
    """Of `pages/_older.html`, for a list that is asked nothing else."""
    return {"older": cursor, "is_first": "older" not in request.GET, "asked": "", "cursor": "older"}
