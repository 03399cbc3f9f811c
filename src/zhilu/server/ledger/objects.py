"""What a database holds besides rows, and what of it no release of ours makes.

A trigger, a function, a view, a default, a check can run code when somebody reads or writes; an audit that
compares rows sees none of them. So they are known by kind and name:

- SQLite: against a database whose tables were made a moment ago. Tables by their columns (an upgrade may have
  made them in another order), all else word by word.
- PostgreSQL: our migrations make tables, indexes, keys and checks, and nothing that would need a function; of
  tables, checks and indexes with expressions the models say the names. What is looked at is the schema at
  hand; the schemas of mirrored ledgers (`mirror_…`, ADR 0019) are looked at when they are at hand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections, models

STEPS = "django_migrations"
"""The one table without a model."""
POSITIVE = (models.PositiveIntegerField, models.PositiveSmallIntegerField, models.PositiveBigIntegerField)
Stranger = str
"""Kind and name, for a line on the screen."""
_INNER = "name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


def strange_in(alias: str, fresh: str) -> Iterator[Stranger]:
    """Of the database `alias`; `fresh`: one of SQLite, made a moment ago."""
    if connections[alias].vendor == "postgresql":
        yield from _strange_in_postgresql(alias)
        return
    for one in (alias, fresh):
        connections[one].ensure_connection()
    yield from strange_to(connections[alias].connection, connections[fresh].connection)


def strange_to(found: sqlite3.Connection, fresh: sqlite3.Connection) -> Iterator[Stranger]:
    """What `found` has and `fresh` has not, or otherwise."""
    ours = _objects(fresh)
    for (kind, name), said in sorted(_objects(found).items()):
        if ours.get((kind, name)) != said:
            yield f"{kind} {name}"


def tables(database: sqlite3.Connection) -> dict[str, list[str]]:
    """Ordinary tables, each with its columns."""
    rows = database.execute(
        f"SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND {_INNER}"
    )
    return {name: [one for one, _hidden in _columns(database, name)] for (name,) in sorted(rows)}


def _objects(database: sqlite3.Connection) -> dict[tuple[str, str], Any]:
    """Kind and name → what is compared."""
    found: dict[tuple[str, str], Any] = {}
    rows = database.execute(f"SELECT type, name, tbl_name, sql FROM sqlite_master WHERE {_INNER}")
    for kind, name, table, sql in rows.fetchall():
        found[kind, name] = (table, sql)
    kinds = database.execute(f"SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND {_INNER}")
    for name, kind in kinds.fetchall():
        if kind == "table":
            found["table", name] = sorted(_columns(database, name))
    return found


def _columns(database: sqlite3.Connection, table: str) -> list[tuple[str, int]]:
    """Name, and whether it is hidden or computed."""
    return database.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", [table]).fetchall()


def expected_tables() -> set[str]:
    return {STEPS, *(model._meta.db_table for model in apps.get_models(include_auto_created=True))}


def _strange_in_postgresql(alias: str) -> Iterator[Stranger]:
    known = {"table": expected_tables(), "check": set(_checks()), "index": set(_indexes())}
    with connections[alias].cursor() as cursor:
        cursor.execute(CATALOGUE)
        for kind, name in cursor.fetchall():
            if name not in known.get(kind, ()):
                yield f"{kind} {name}"


def tables_of(cursor: Any) -> dict[str, list[str]]:
    """Of PostgreSQL: our tables with their columns, the migrations' first."""
    found: dict[str, list[str]] = {STEPS: []}
    cursor.execute(COLUMNS, [sorted(expected_tables())])
    for table, column in cursor.fetchall():
        found.setdefault(table, []).append(column)
    return found


def set_sequences(cursor: Any) -> None:
    """Of PostgreSQL: the next number of each counted key is beyond those that are there."""
    cursor.execute(COUNTED)
    for table, column in cursor.fetchall():
        cursor.execute(
            f'SELECT setval(pg_get_serial_sequence(%s, %s), max("{column}")) FROM "{table}"'
            f' HAVING max("{column}") IS NOT NULL',
            [f'"{table}"', column],
        )


def _checks() -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        yield from (one.name for one in model._meta.constraints)
        for field in model._meta.local_concrete_fields:
            if isinstance(field, POSITIVE):
                yield f"{model._meta.db_table}_{field.column}_check"


def _indexes() -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        yield from (one.name for one in (*model._meta.indexes, *model._meta.constraints))


_HERE = "nspname = current_schema()"
_OF_CLASS = f"JOIN pg_namespace n ON n.oid = relnamespace WHERE {_HERE}"
_OURS = "NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = {0}.oid AND deptype = 'e')"
_COLUMN = f"""SELECT relname::text, attname::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
{_OF_CLASS} AND relkind = 'r' AND attnum > 0 AND NOT attisdropped"""
COLUMNS = f"{_COLUMN} AND relname = ANY(%s) AND attgenerated = '' ORDER BY relname, attnum"
COUNTED = f"{_COLUMN} AND attidentity <> ''"
CATALOGUE = f"""
SELECT 'schema', nspname::text FROM pg_namespace
    WHERE nspname !~ '^(pg|mirror)_' AND nspname NOT IN ('public', 'information_schema')
UNION ALL SELECT 'extension', extname::text FROM pg_extension WHERE extname <> 'plpgsql'
UNION ALL SELECT 'event trigger', evtname::text FROM pg_event_trigger
UNION ALL SELECT 'function', proname::text FROM pg_proc f JOIN pg_namespace n ON n.oid = pronamespace
    WHERE {_HERE} AND {_OURS.format("f")}
UNION ALL SELECT 'operator', oprname::text FROM pg_operator o JOIN pg_namespace n ON n.oid = oprnamespace
    WHERE {_HERE} AND {_OURS.format("o")}
UNION ALL SELECT 'type', typname::text FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
    WHERE {_HERE} AND typrelid = 0 AND typelem = 0 AND {_OURS.format("t")}
UNION ALL SELECT CASE WHEN relkind IN ('v', 'm') THEN 'view' ELSE 'table' END, relname::text
    FROM pg_class {_OF_CLASS} AND relkind IN ('r', 'v', 'm', 'f', 'p')
UNION ALL SELECT 'trigger', tgname::text FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
    {_OF_CLASS} AND NOT tgisinternal
UNION ALL SELECT 'rule', rulename::text FROM pg_rewrite JOIN pg_class c ON c.oid = ev_class
    {_OF_CLASS} AND rulename <> '_RETURN'
UNION ALL SELECT 'policy', polname::text FROM pg_policy JOIN pg_class c ON c.oid = polrelid {_OF_CLASS}
UNION ALL SELECT 'default', relname || '.' || attname FROM pg_attrdef JOIN pg_class c ON c.oid = adrelid
    JOIN pg_attribute a ON a.attrelid = adrelid AND attnum = adnum {_OF_CLASS}
UNION ALL SELECT 'check', conname::text FROM pg_constraint JOIN pg_namespace n ON n.oid = connamespace
    WHERE {_HERE} AND contype IN ('c', 'x', 't')
UNION ALL SELECT 'index', relname::text FROM pg_index JOIN pg_class c ON c.oid = indexrelid
    {_OF_CLASS} AND (indexprs IS NOT NULL OR indpred IS NOT NULL)
ORDER BY 1, 2
"""
