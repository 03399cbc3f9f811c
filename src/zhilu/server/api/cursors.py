"""Paging by key, newest first. A cursor says a place and gives no right: whatever it says, the token's
departments are asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from zhilu.encoding import format_time, parse_time
from zhilu.errors import ZhiluError
from zhilu.server.api.problems import Refused

M = TypeVar("M", bound=Model)
Page = tuple[Sequence[Any], str | None]


def page(found: QuerySet[M], cursor: str | None, limit: int, rows: Callable[[list[M]], list[Any]]) -> Page:
    """By (opened_at, id)."""
    if cursor:
        at, one = _read(cursor)
        found = found.filter(Q(opened_at__lt=at) | Q(opened_at=at, id__lt=one))
    read: list[Any] = list(found.order_by("-opened_at", "-id")[: limit + 1])
    last = read[limit - 1] if len(read) > limit else None
    return rows(read[:limit]), f"{_spell(last.opened_at)}_{last.id}" if last else None


def _spell(at: datetime) -> str:
    """To the microsecond: a time of the ledger has milliseconds, a database more."""
    return f"{format_time(at)}{at.microsecond % 1000:03d}"


def _read(cursor: str) -> tuple[datetime, UUID]:
    at, _, one = cursor.partition("_")
    try:
        if len(cursor) != 64 or not at[-3:].isdigit() or not at[-3:].isascii():
            raise ValueError
        found = parse_time(at[:-3])
        return found.replace(microsecond=found.microsecond + int(at[-3:])), UUID(one)
    except (ZhiluError, ValueError):
        raise Refused(422, "cursor") from None
