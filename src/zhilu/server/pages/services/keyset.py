"""Paging by key: the next page begins after the last row seen, however many rows come in meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from zhilu.encoding import format_time, parse_time
from zhilu.errors import ZhiluError

M = TypeVar("M", bound=Model)
SIZE = 20


@dataclass(frozen=True)
class Page(Generic[M]):
    rows: list[M]
    older: str | None
    """Cursor of the next page, None at the end."""


def newest_first(query: QuerySet[M], field: str, cursor: str) -> Page[M]:
    """Rows by (field, id), newest first; a cursor that is none begins at the newest."""
    place = _read(cursor)
    if place is not None:
        at, row = place
        query = query.filter(Q(**{f"{field}__lt": at}) | Q(**{field: at, "id__lt": row}))
    rows = list(query.order_by(f"-{field}", "-id")[: SIZE + 1])
    older = _write(rows[SIZE - 1], field) if len(rows) > SIZE else None
    return Page(rows[:SIZE], older)


def _write(row: Any, field: str) -> str:
    return f"{format_time(getattr(row, field))}_{row.pk}"


def _read(cursor: str) -> tuple[Any, UUID] | None:
    at, _, row = cursor.partition("_")
    try:
        return parse_time(at), UUID(row)
    except (ZhiluError, ValueError):
        return None
