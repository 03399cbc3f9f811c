"""What a neighbour is told of the rows here, for it to compare them with its mirror (spec/federation.md §8).

The tables move on meanwhile. Rows and the size of the ledger belong together where the size was the same
before the rows were read and after: an entry and its rows come in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.utils import DataError as DatabaseDataError

from zhilu.errors import DataError, WorldError
from zhilu.protocols.rows import MOST_ROWS, Rows, digest_of, short
from zhilu.server.ledger import lock
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services import commit, replay

CHUNK = 200
TRIES = 10
Size = Callable[[], int]


def tables() -> dict[str, type[models.Model]]:
    """By name: the entries, and every evidential table."""
    found: list[type[models.Model]] = [Entry, *replay.evidential_models()]
    return {model._meta.label_lower: model for model in found}


def rows(
    table: str,
    after: str | None,
    count: int = MOST_ROWS,
    *,
    last: str | None = None,
    each: bool = False,
    size: Size = commit.size,
) -> Rows:
    """Of the rows after a key `count` at most; with `last` those up to it. `size`: of the ledger that the
    tables follow.
    """
    model = tables().get(table)
    if model is None:
        raise DataError("table-unknown", "This release has no such table.")
    for _ in range(TRIES):
        before = size()
        told = _read(model, after, count, last, each, before)
        if size() == before:
            return told
    raise WorldError("rows-moving", "So many entries come in that the rows do not stand still.")


def _read(
    model: type[models.Model], after: str | None, count: int, last: str | None, each: bool, size: int
) -> Rows:
    key = model._meta.pk
    names = [field.attname for field in model._meta.concrete_fields]
    place = names.index(key.attname)
    query = lock.after_key(model._default_manager.all(), _key(key, after), _key(key, last))
    try:
        read = list(lock.in_key_order(query).values_list(*names)[:count].iterator(CHUNK))
        digest = digest_of(read)
        of_each = {str(row[place]): [short(one) for one in row] for row in read} if each else None
    except (ValueError, TypeError, ValidationError, DatabaseDataError):
        # Nobody but a tamperer could put such a value there.
        raise DataError("rows-unreadable", "A row holds what no server wrote.") from None
    end = str(read[-1][place]) if len(read) == count else None
    return Rows(size, tuple(names), len(read), end, digest, of_each)


def _key(field: models.Field[Any, Any], text: str | None) -> Any:
    try:
        return None if text is None else field.to_python(text)
    except ValidationError:
        raise DataError("query", "This is no key of the table.") from None
