"""Rows of an evidential table as the audit compares them: in the order of their keys, column by column.

PostgreSQL holds a column to its type, so equal values are equal rows. SQLite does not: `TRUE` may be stored
as 2, a UUID in capitals; read through their types both look right, and no query finds them. So there the
stored form is what is compared; the replay wrote it as the server would have.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Field, Func, TextField, UniqueConstraint

from zhilu.server.ledger import lock
from zhilu.server.ledger.models import Evidential

CHUNK = 500
Row = tuple[Any, str, dict[str, Any]]
"""Key to sort by, key to show, columns."""
NUMBERS = ("integer", "real")


class _Stored(Func):
    """Type and bytes of a value, as SQLite has them."""

    template = "typeof(%(expressions)s) || ':' || hex(%(expressions)s)"
    arity = 1
    output_field = TextField()


def typed(model: type[Evidential], alias: str) -> Iterator[Row]:
    names, key = _names(model)
    query = lock.in_key_order(model._default_manager.using(alias))
    for row in query.values(*names).iterator(CHUNK):
        shown = str(row[key])
        # A number where it is one, else bytes: as both databases sort.
        yield row[key] if isinstance(row[key], int) else shown.encode(), shown, row


def stored(model: type[Evidential], alias: str) -> Iterator[Row]:
    names, key = _names(model)
    query = lock.in_key_order(model._default_manager.using(alias))
    for values in query.values_list(*(_Stored(F(name)) for name in names)).iterator(CHUNK):
        row = dict(zip(names, values, strict=True))
        kind, _, digits = row[key].partition(":")
        data = bytes.fromhex(digits)
        # Numbers before texts before bytes: as SQLite sorts.
        rank = 0 if kind in NUMBERS else 1 if kind == "text" else 2
        yield (rank, float(data) if rank == 0 else data), _shown(model._meta.pk, data), row


def lost_constraints(model: type[Evidential], alias: str, fresh: str) -> Iterator[str]:
    """Names of the model's constraints that the live table has no more; `fresh`: a database as it is made."""
    if lock.is_defined_alike(model._meta.db_table, alias, fresh):
        return
    found = lock.constraints(model._meta.db_table, alias)
    for one in model._meta.constraints:
        has = found.get(one.name)
        if has is None or (isinstance(one, UniqueConstraint) and not has["unique"]):
            yield one.name
    if not any(has["primary_key"] for has in found.values()):
        yield "primary key"


def _names(model: type[Evidential]) -> tuple[list[str], str]:
    return [field.attname for field in model._meta.concrete_fields], model._meta.pk.attname


def _shown(key: Field[Any, Any], data: bytes) -> str:
    text = data.decode(errors="replace")
    try:
        return str(key.to_python(text))
    except ValidationError:
        return text
