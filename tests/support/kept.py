"""What a test's database holds, taken once and put into the empty database of another test: a county is
founded two thousand times in a run, and each time it is the same.

Rows are taken and put back as the engine has them: no rule, no model and no converter sees them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

Rows = dict[str, Any]
"""Table → what `put` takes: on SQLite its rows, on PostgreSQL the bytes of COPY."""
PLAIN = ("auth", "contenttypes")
"""Django's apps without tables."""


def is_empty() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_any_row())
        return cursor.fetchone() is None


def take() -> Rows:
    """Every table that has rows."""
    found = {model._meta.db_table: _read(model) for model in _models()}
    return {table: rows for table, rows in found.items() if rows}


def put(kept: Rows) -> None:
    """Into empty tables."""
    with transaction.atomic():
        for table, rows in kept.items():
            _write(table, rows)


def replace(kept: Rows) -> None:
    """Instead of what there is."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for model in _models():
                cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
        put(kept)


@cache
def _any_row() -> str:
    any_row = " OR ".join(f'EXISTS (SELECT 1 FROM "{model._meta.db_table}")' for model in _models())
    return f"SELECT 1 WHERE {any_row}"


@cache
def _models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label not in PLAIN]


def _read(model: type[models.Model]) -> Any:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                return b"".join(copy)
        # An expression has no declared type, so the driver converts nothing.
        columns = ", ".join(f'+"{field.column}"' for field in model._meta.concrete_fields)
        names = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
        rows = connection.connection.execute(f'SELECT {columns} FROM "{table}"').fetchall()
        return (names, [tuple(row) for row in rows]) if rows else None


def _write(table: str, kept: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write(kept)
            return
        names, rows = kept
        places = ", ".join("?" * len(rows[0]))
        connection.connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', rows)
