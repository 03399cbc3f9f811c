"""What a database holds besides rows, and what of it no release of ours makes.

A trigger, a function, a view, a default, a check can run code when somebody reads or writes; an audit that
compares rows sees none of them:

- SQLite: against a database whose tables were made a moment ago, word by word; tables part by part (an
  upgrade may have made their columns in another order). Where rows only are taken, tables by their columns.
- PostgreSQL: our migrations make tables, indexes, keys and checks, and nothing that would need a function.
  Tables by their names; keys, checks and indexes word by word against a schema that the migrations make in a
  transaction that is given up. What is looked at is the schema at hand; the schemas of mirrored ledgers
  (`mirror_…`, ADR 0019) are looked at when they are at hand.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor

from zhilu.server.ledger import lock

STEPS = "django_migrations"
"""The one table without a model."""
FRESH = "fresh"
Stranger = str
"""Kind and name, for a line on the screen."""
STRANGE, LACKING = "not of this release", "missing"
_OURS_OR_ODD = "name NOT IN ('sqlite_schema', 'sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4')"
"""But for what SQLite makes for itself, by its whole name: by one that begins like those a trigger can be put
in past it (`writable_schema`), and runs.
"""


def strange_in(alias: str, fresh: str) -> Iterator[tuple[Stranger, str]]:
    """Of the database `alias`, each with what is wrong; `fresh`: one of SQLite, made a moment ago."""
    if connections[alias].vendor == "postgresql":
        yield from _strange_in_postgresql(alias)
        return
    for one in (alias, fresh):
        connections[one].ensure_connection()
    found, made = connections[alias].connection, connections[fresh].connection
    yield from ((one, STRANGE) for one in strange_to(found, made, by_parts=True))
    yield from ((one, LACKING) for one in lacking_in(found, made))


def strange_to(
    found: sqlite3.Connection, fresh: sqlite3.Connection, by_parts: bool = False
) -> Iterator[Stranger]:
    """What `found` has and `fresh` has not, or otherwise. `by_parts`: of tables every word."""
    ours = _objects(fresh, by_parts)
    for (kind, name), said in sorted(_objects(found, by_parts).items()):
        if ours.get((kind, name)) != said:
            yield f"{kind} {name}"


def lacking_in(found: sqlite3.Connection, fresh: sqlite3.Connection) -> Iterator[Stranger]:
    """What somebody took away: a key or an index that holds rows to something."""
    gone = _objects(fresh, by_parts=False).keys() - _objects(found, by_parts=False).keys()
    yield from (f"{kind} {name}" for kind, name in sorted(gone))


def tables(database: sqlite3.Connection) -> dict[str, list[str]]:
    """Ordinary tables, each with its columns."""
    rows = database.execute(
        f"SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND {_OURS_OR_ODD}"
    )
    return {name: [one for one, _hidden in _columns(database, name)] for (name,) in sorted(rows)}


def _objects(database: sqlite3.Connection, by_parts: bool) -> dict[tuple[str, str], Any]:
    """Kind and name → what is compared."""
    found: dict[tuple[str, str], Any] = {}
    rows = database.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE CASE type "
        f"WHEN 'table' THEN {_OURS_OR_ODD} WHEN 'index' THEN sql IS NOT NULL ELSE true END"
    )
    for kind, name, table, sql in rows.fetchall():
        found[kind, name] = (table, sql)
    kinds = database.execute(
        f"SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND {_OURS_OR_ODD}"
    )
    for name, kind in kinds.fetchall():
        if kind == "table":
            parts = parts_of(found["table", name][1]) if by_parts else []
            found["table", name] = (sorted(_columns(database, name)), parts)
    return found


def parts_of(sql: str) -> list[str]:
    """Columns and constraints of `CREATE TABLE … (…) …`, in an order of their own, and what stands behind."""
    parts, deep, quote = [""], 0, ""
    for sign in sql[sql.index("(") :]:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'`":
            quote = sign
        deep += not quote and (sign == "(") - (sign == ")")
        if sign == "," and deep == 1 and not quote:
            parts.append("")
        else:
            parts[-1] += sign
    body, _closing, behind = parts[-1].rpartition(")")
    return [*sorted(one.strip(" (") for one in (*parts[:-1], body)), behind.strip()]


def _columns(database: sqlite3.Connection, table: str) -> list[tuple[str, int]]:
    """Name, and whether it is hidden or computed."""
    return database.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", [table]).fetchall()


def expected_tables() -> set[str]:
    return {STEPS, *(model._meta.db_table for model in apps.get_models(include_auto_created=True))}


def _strange_in_postgresql(alias: str) -> Iterator[tuple[Stranger, str]]:
    known = {"table": expected_tables()}
    with connections[alias].cursor() as cursor:
        cursor.execute(CATALOGUE)
        for kind, name in cursor.fetchall():
            if name not in known.get(kind, ()):
                yield f"{kind} {name}", STRANGE
        live = _rules_of(cursor)
    ours = _rules_made_anew(alias)
    for (kind, name, table), said in sorted(live.items()):
        # Of a table that is strange itself no more is said.
        if ours.get((kind, name, table)) != said and table in known["table"]:
            yield f"{kind} {name}", STRANGE
    yield from ((f"{kind} {name}", LACKING) for kind, name, _table in sorted(ours.keys() - live.keys()))


def _rules_of(cursor: Any) -> dict[tuple[str, str, str], str]:
    """Of PostgreSQL: what holds rows to anything or runs beside them, kind, name and table → its words."""
    cursor.execute(RULES)
    return {(kind, name, table): said for kind, name, table, said in cursor.fetchall()}


@cache
def _rules_made_anew(alias: str) -> dict[tuple[str, str, str], str]:
    """As our migrations make them, in a schema that nobody else sees and that is gone afterwards. Once in a
    process: of the own ledger and of each mirror it is the same.
    """
    settings = connections[alias].settings_dict
    schema = f"fresh_{secrets.token_hex(8)}"
    options = {name: said for name, said in settings["OPTIONS"].items() if name != "isolation_level"}
    options["options"] = f"{options.get('options', '')} -c search_path={schema}"
    with (
        lock.opened(FRESH, {**settings, "CONN_MAX_AGE": 0, "OPTIONS": options}),
        transaction.atomic(using=FRESH),
        connections[FRESH].cursor() as cursor,
    ):
        cursor.execute(f"CREATE SCHEMA {schema}")
        executor = MigrationExecutor(connections[FRESH])
        executor.migrate(executor.loader.graph.leaf_nodes())
        found = _rules_of(cursor)
        transaction.set_rollback(True, using=FRESH)
    return found


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


_HERE = "nspname = current_schema()"
_OF_CLASS = f"JOIN pg_namespace n ON n.oid = relnamespace WHERE {_HERE}"
_OF_KEYS = """tgisinternal AND EXISTS (SELECT 1 FROM pg_proc f JOIN pg_namespace i ON i.oid = pronamespace
    WHERE f.oid = tgfoid AND i.nspname = 'pg_catalog' AND proname ~ '^(RI_FKey_|unique_key_recheck$)')"""
"""Of a trigger: by what it runs, for whoever rules the database calls his own internal too."""
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
    WHERE ({_HERE} OR nspname ~ '^mirror_') AND {_OURS.format("f")}
UNION ALL SELECT 'operator', oprname::text FROM pg_operator o JOIN pg_namespace n ON n.oid = oprnamespace
    WHERE {_HERE} AND {_OURS.format("o")}
UNION ALL SELECT 'type', typname::text FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
    WHERE {_HERE} AND typrelid = 0 AND typelem = 0 AND {_OURS.format("t")}
UNION ALL SELECT CASE WHEN relkind IN ('v', 'm') THEN 'view' ELSE 'table' END, relname::text
    FROM pg_class {_OF_CLASS} AND relkind IN ('r', 'v', 'm', 'f', 'p')
UNION ALL SELECT 'trigger', tgname::text FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
    {_OF_CLASS} AND NOT ({_OF_KEYS})
UNION ALL SELECT 'rule', rulename::text FROM pg_rewrite JOIN pg_class c ON c.oid = ev_class
    {_OF_CLASS} AND rulename <> '_RETURN'
UNION ALL SELECT 'policy', polname::text FROM pg_policy JOIN pg_class c ON c.oid = polrelid {_OF_CLASS}
UNION ALL SELECT 'default', relname || '.' || attname FROM pg_attrdef JOIN pg_class c ON c.oid = adrelid
    JOIN pg_attribute a ON a.attrelid = adrelid AND attnum = adnum {_OF_CLASS}
ORDER BY 1, 2
"""
RULES = f"""
SELECT CASE contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key' ELSE 'key' END, conname::text,
    relname::text, pg_get_constraintdef(o.oid) || CASE WHEN convalidated THEN '' ELSE ' NOT VALID' END
    FROM pg_constraint o JOIN pg_class c ON c.oid = conrelid {_OF_CLASS} AND contype <> 'n'
UNION ALL SELECT 'index', c.relname::text, t.relname::text,
    replace(pg_get_indexdef(indexrelid), ' ON ' || quote_ident(nspname) || '.', ' ON ')
    || CASE WHEN indisvalid THEN '' ELSE ' invalid' END
    FROM pg_index JOIN pg_class t ON t.oid = indrelid JOIN pg_class c ON c.oid = indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_HERE}
"""
