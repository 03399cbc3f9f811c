"""Paging by key: a page begins after the last row seen, however many rows come in meanwhile.

A planner that expects a page to be full soon walks the rows in their order; where it is wrong, it walks them
all. So few rows are not walked to: they are collected, then sorted. (A million recordings, the head of a
small unit asks for a class that it never had: a fifteenth of the time.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Model,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
)

from zhilu.server.evidence.search import Among, expected
from zhilu.server.pages.services import cursors, lists

M = TypeVar("M", bound=Model)
SIZE = 20
FEW, DEAR = 15_000, 100_000
"""Rows to collect, and what the planner says that it costs: where each is looked at closely, fewer."""


@dataclass(frozen=True)
class Page(Generic[M]):
    """`older`, `newer`: cursors of the pages beside it, None where it ends."""

    rows: list[M]
    older: str | None
    newer: str | None = None


def newest_first(
    query: QuerySet[M], field: str, older: str = "", newer: str = "", size: int = SIZE
) -> Page[M]:
    """Rows by (field, key), newest first: those after the cursor `older`, or those before `newer`. A cursor
    that is none begins at the newest, and so does a page of newer ones that would not be full.
    """
    kind, by = _kind(query), _order(query, field)
    before, after = cursors.read(newer, kind), cursors.read(older, kind)
    if before is not None:
        rows = list(_beyond(query, field, "gt", *before).order_by(by.asc(), "pk")[: size + 1])
        if len(rows) > size:
            page = rows[:size][::-1]
            return Page(page, _spell(page[-1], field), _spell(page[0], field))
        after = None
    found = query if after is None else _beyond(query, field, "lt", *after)
    rows = list(found.order_by(by.desc(), "-pk")[: size + 1])
    newest = _spell(rows[0], field) if rows and after is not None else None
    return Page(rows[:size], _spell(rows[size - 1], field) if len(rows) > size else None, newest)


def in_order(query: QuerySet[M], field: str) -> QuerySet[M]:
    """All of them, newest first."""
    return query.order_by(_order(query, field).desc(), "-pk")


def _order(query: QuerySet[Any], field: str) -> Any:
    """By an index, or, of few rows, by the same that is no index's. How many they are without a cursor says
    how far apart they lie; and a cursor's two conditions count twice in the planner's guess.
    """
    all_ = expected(query.order_by().values("pk"))
    if all_ is None or all_.rows > FEW or all_.cost > DEAR:
        return F(field)
    return ExpressionWrapper(F(field) + timedelta(), output_field=DateTimeField())


def among(ids: QuerySet[Any], otherwise: Exists) -> Q:
    """Of a whole bureau's rows those that `ids` names: few are looked up, for many each row is looked at, by
    `otherwise`. The planner would read all of a million for some thousand.
    """
    named = expected(ids)
    return Q(Among(F("id"), Subquery(ids))) if named and named.rows <= FEW else Q(otherwise)


def _beyond(query: QuerySet[M], field: str, way: str, at: Any, key: Any) -> QuerySet[M]:
    # The first condition says no more than the second, and is one that an index begins at.
    return query.filter(
        Q(**{f"{field}__{way}e": at}), Q(**{f"{field}__{way}": at}) | Q(**{field: at, f"pk__{way}": key})
    )


def _kind(query: QuerySet[Any]) -> Callable[[str], Any]:
    """How the key of such a row is read."""
    key = query.model._meta.pk
    if isinstance(key, UUIDField):
        return UUID
    return cursors.number if isinstance(key, BigIntegerField) else lists.text


def _spell(row: Any, field: str) -> str:
    return cursors.spell(getattr(row, field), row.pk)
