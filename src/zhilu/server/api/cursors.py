"""Paging by key, newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from zhilu.server.api.problems import Refused
from zhilu.server.pages.services import cursors, keyset

M = TypeVar("M", bound=Model)
Page = tuple[Sequence[Any], str | None]


def page(found: QuerySet[M], cursor: str | None, limit: int, rows: Callable[[list[M]], list[Any]]) -> Page:
    """By (opened_at, id)."""
    if cursor and cursors.read(cursor, UUID) is None:
        raise Refused(422, "cursor")
    cut = keyset.newest_first(found, "opened_at", cursor or "", size=limit)
    return rows(cut.rows), cut.older
