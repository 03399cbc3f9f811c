"""Paging by key: a page begins after the last row seen, however many rows come in meanwhile; and counting no
further than anybody reads.

A planner that expects a page to be full soon walks the rows in their order; where it is wrong, it walks them
all. So few rows are not walked to: they are collected, then sorted. (A million recordings, the head of a
small unit asks for a class that it never had: a fifteenth of the time.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import DateTimeField, ExpressionWrapper, F, Model, Q, QuerySet

from zhilu.encoding import format_time, parse_time
from zhilu.errors import ZhiluError
from zhilu.server.evidence.search import estimate

M = TypeVar("M", bound=Model)
SIZE = 20
FEW = 30_000


@dataclass(frozen=True)
class Page(Generic[M]):
    """`older`, `newer`: cursors of the pages beside it, None where it ends."""

    rows: list[M]
    older: str | None
    newer: str | None = None


def newest_first(
    query: QuerySet[M], field: str, older: str = "", newer: str = "", size: int = SIZE
) -> Page[M]:
    """Rows by (field, id), newest first: those after the cursor `older`, or those before `newer`. A cursor
    that is none begins at the newest, and so does a page of newer ones that would not be full.
    """
    before, after = _read(newer), _read(older)
    if before is not None:
        rows = list(_in_order(_beyond(query, field, "gt", *before), field, is_up=True)[: size + 1])
        if len(rows) > size:
            page = rows[:size][::-1]
            return Page(page, _write(page[-1], field), _write(page[0], field))
        after = None
    if after is not None:
        query = _beyond(query, field, "lt", *after)
    rows = list(_in_order(query, field)[: size + 1])
    newest = _write(rows[0], field) if rows and after is not None else None
    return Page(rows[:size], _write(rows[size - 1], field) if len(rows) > size else None, newest)


def _in_order(query: QuerySet[M], field: str, is_up: bool = False) -> QuerySet[M]:
    expected = estimate(query.order_by().values("pk"))
    if expected is None or expected > FEW:
        return query.order_by(field, "id") if is_up else query.order_by(f"-{field}", "-id")
    # The same order, but no index's.
    by = ExpressionWrapper(F(field) + timedelta(), output_field=DateTimeField())
    return query.order_by(by.asc(), "id") if is_up else query.order_by(by.desc(), "-id")


def counted(query: QuerySet[Any], most: int) -> int:
    """How many rows there are; one more than `most` where there are more than that."""
    return query.order_by()[: most + 1].count()


def _beyond(query: QuerySet[M], field: str, way: str, at: Any, row: UUID) -> QuerySet[M]:
    # The first condition says no more than the second, and is one that an index begins at.
    return query.filter(
        Q(**{f"{field}__{way}e": at}), Q(**{f"{field}__{way}": at}) | Q(**{field: at, f"id__{way}": row})
    )


def _write(row: Any, field: str) -> str:
    return f"{format_time(getattr(row, field))}_{row.pk}"


def _read(cursor: str) -> tuple[Any, UUID] | None:
    at, _, row = cursor.partition("_")
    try:
        return parse_time(at), UUID(row)
    except (ZhiluError, ValueError):
        return None
