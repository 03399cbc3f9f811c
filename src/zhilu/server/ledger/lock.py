"""The ledger's one lock; beside `evidence/search.py` and `dump.py` alone in knowing a database engine.

`held()` is a transaction that nobody else can be in: whoever is inside sees the newest entry and gives the
next index, so number order is apply order (spec/ledger.md §4).

- PostgreSQL: an advisory lock taken in the transaction, let go by its end. READ COMMITTED, so that
  statements after the lock see what the holder before us committed.
- SQLite: every `atomic` block begins IMMEDIATE, which is the one write lock of the file. WAL, so readers do
  not wait; synchronous FULL, so that what was committed survives power loss.

A crash inside: the database rolls back entry and tables together; nothing was given out.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from traceback import clear_frames
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from django.db import connection, connections, models, transaction
from django.db.models.functions import Collate

from zhilu.errors import CallerError

# Any fixed number that no other user of the database takes; "zhilu" in ASCII.
ADVISORY_KEY = 0x7A68696C75
BUSY_TIMEOUT_S = 30
SQLITE_START = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
SCRATCH_START = "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;"
"""What failed can be taken back, what was lost with the machine cannot."""
SNAPSHOT = "snapshot"
MIRROR = "mirror-"
SCRATCH = "counted-again"
PLAIN = (
    models.BinaryField,
    models.BooleanField,
    models.CharField,
    models.DateField,
    models.IntegerField,
    models.UUIDField,
)
"""Fields whose values PostgreSQL's driver takes as they are."""
AS_IS = (str, int, bool, bytes, type(None))
M = TypeVar("M", bound=models.Model)
_knowing = threading.Lock()


@contextmanager
def held() -> Iterator[None]:
    """A transaction that holds the ledger's lock to its end; may be nested."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_KEY])
        yield


@contextmanager
def relaxed() -> Iterator[None]:
    """A transaction that does not wait for the disk: power loss may take back the last of them, a killed
    process none. For rows that are true again when whoever made them asks once more. Inside another
    transaction it is part of that.
    """
    if connection.in_atomic_block or is_scratch():
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL")
        try:
            with transaction.atomic():
                yield
        finally:
            cursor.execute("PRAGMA synchronous=FULL")


@contextmanager
def snapshot() -> Iterator[str]:
    """A connection of its own that sees the database as it is at the beginning, whatever is committed
    meanwhile; nobody waits for it. Gives its alias. Nothing is to be written through it.
    """
    settings = {**connection.settings_dict, "CONN_MAX_AGE": 0}
    settings["OPTIONS"] = {**settings["OPTIONS"], **_snapshot_options()}
    with opened(SNAPSHOT, settings), transaction.atomic(using=SNAPSHOT):
        with connections[SNAPSHOT].cursor() as cursor:
            # The first statement fixes what is seen.
            cursor.execute("SELECT 1 FROM ledger_entry LIMIT 1")
        yield SNAPSHOT


def _snapshot_options() -> dict[str, Any]:
    if connection.vendor == "postgresql":
        from psycopg import IsolationLevel

        return {"isolation_level": IsolationLevel.REPEATABLE_READ}
    # Not IMMEDIATE: it would hold the one lock for writing.
    return {"transaction_mode": "DEFERRED"}


@contextmanager
def opened(alias: str, settings: dict[str, Any]) -> Iterator[None]:
    """Another connection for a while."""
    _know(alias, settings)
    try:
        yield
    except BaseException as error:
        clear_frames(error.__traceback__)  # what was being read within ends before its connection does
        raise
    finally:
        connections[alias].close()
        forget(alias)
        del connections[alias]


def _know(alias: str, settings: dict[str, Any]) -> None:
    """A database more. What is known is replaced, not changed: other threads are going through it."""
    made = connections.configure_settings({"default": settings})["default"]
    with _knowing:
        connections.settings = {**connections.settings, alias: made}


def forget(alias: str) -> None:
    """A database less, whose connections are closed."""
    with _knowing:
        connections.settings = {name: one for name, one in connections.settings.items() if name != alias}


@contextmanager
def standing_in(name: str, folder: Path) -> Iterator[None]:
    """In this thread, the database of the mirrored ledger `name` in place of the own one: ORM, raw SQL and
    transactions all go there (ADR 0019). On PostgreSQL a schema beside the own tables; on SQLite a file in
    `folder`. Not inside a transaction of the own database: what is written here is none of it.
    """
    alias = MIRROR + name
    if alias not in connections.settings:
        _know(alias, _mirror_settings(name, folder))
    with _in_place_of_own(alias):
        yield


@contextmanager
def standing_at(settings: dict[str, Any]) -> Iterator[None]:
    """The same in a database that is known for this while only."""
    with opened(SCRATCH, settings), _in_place_of_own(SCRATCH):
        yield


@contextmanager
def _in_place_of_own(alias: str) -> Iterator[None]:
    own, other = connections["default"], connections[alias]
    other.alias = "default"  # by which Django finds a connection again while it is in use
    connections["default"] = other
    try:
        yield
    finally:
        connections["default"] = own


def make_mirror(name: str, folder: Path) -> None:
    """Where the tables of the mirrored ledger `name` can be made; nothing where they are."""
    if connection.vendor != "postgresql":
        folder.mkdir(mode=0o700, exist_ok=True)
        return
    with standing_in(name, folder), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(_schema(name))}")


def _schema(name: str) -> str:
    # A bureau's code has no underscore, so no two codes meet.
    return "mirror_" + name.replace("-", "_")


def _mirror_settings(name: str, folder: Path) -> dict[str, Any]:
    own = connection.settings_dict
    if connection.vendor != "postgresql":
        return _sqlite(folder / f"{name}.sqlite3")
    options = own["OPTIONS"]
    words = f"{options.get('options', '')} -c search_path={_schema(name)}".strip()
    # Let go at the end of a request or a round: of every thread to every mirror there would be too many.
    return {**own, "CONN_MAX_AGE": 0, "OPTIONS": {**options, "options": words}}


def scratch(path: Path) -> dict[str, Any]:
    """A database that may be lost: for a replay."""
    settings = _sqlite(path)
    settings["OPTIONS"] = {**settings["OPTIONS"], "init_command": SCRATCH_START}
    return settings


def is_scratch() -> bool:
    """Whether this process knows no other database than one that may be lost."""
    return bool(connection.settings_dict["OPTIONS"].get("init_command") == SCRATCH_START)


def in_key_order(query: models.QuerySet[M]) -> models.QuerySet[M]:
    """By primary key, texts byte by byte in either database."""
    key = query.model._meta.pk
    if isinstance(key, models.CharField) and connections[query.db].vendor == "postgresql":
        return query.order_by(Collate(key.attname, "C"))
    return query.order_by(key.attname)


def after_key(query: models.QuerySet[M], after: object, last: object = None) -> models.QuerySet[M]:
    """Of the rows in the order of `in_key_order` those after one key, up to and with another."""
    key = query.model._meta.pk
    name = key.attname
    if isinstance(key, models.CharField) and connections[query.db].vendor == "postgresql":
        return _between(query.annotate(in_bytes=Collate(name, "C")), "in_bytes", after, last)
    return _between(query, name, after, last)


def _between(query: Any, name: str, after: object, last: object) -> models.QuerySet[Any]:
    bounds = {f"{name}__gt": after, f"{name}__lte": last}
    found: models.QuerySet[Any] = query.filter(
        **{word: value for word, value in bounds.items() if value is not None}
    )
    return found


def insert_many(rows: Sequence[models.Model]) -> None:
    """New rows of one table, with every column given; a key that the database counts itself may be left out.
    By thousands, and with bytes in them, an INSERT costs PostgreSQL's driver more than all else of a commit;
    COPY does not.
    """
    if not rows:
        return
    meta = rows[0]._meta
    if len(rows) == 1 or connection.vendor != "postgresql":
        meta.default_manager.bulk_create(rows)  # type: ignore[union-attr]
        return
    quote = connection.ops.quote_name
    is_counted = rows[0].pk is None
    fields = [field for field in meta.concrete_fields if not (field.primary_key and is_counted)]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    statement = f"COPY {quote(meta.db_table)} ({columns}) FROM STDIN"
    told = [(field.attname, _converter(field)) for field in fields]
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            values = [(getattr(row, name), convert) for name, convert in told]
            copy.write_row(
                [convert(one, connection) if convert and one is not None else one for one, convert in values]
            )


def insert_values(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """The same of rows that are no objects: a value for each column."""
    if not rows:
        return
    quote, meta = connection.ops.quote_name, model._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    if connection.vendor != "postgresql":
        _insert_sqlite(meta.db_table, fields, zip(*rows, strict=True))
        return
    lists = [at for at, field in enumerate(fields) if isinstance(field, models.JSONField)]
    statement = f"COPY {quote(meta.db_table)} ({columns}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            values = list(row)
            for at in lists:
                values[at] = json.dumps(values[at], ensure_ascii=False)
            copy.write_row(values)


def _insert_sqlite(
    table: str, fields: Sequence[Any], columns: Iterable[Iterable[Any]], more: str = ""
) -> None:
    """Column by column: by rows Django asks each field of each row how its database spells a value."""
    quote = connection.ops.quote_name
    told = [list(map(_spelled(field), column)) for field, column in zip(fields, columns, strict=True)]
    names, places = ", ".join(quote(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(table)} ({names}) VALUES ({places}) {more}"  # noqa: S608 - own names
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*told, strict=True)))


def _spelled(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """A value as SQLite gets it from Django. Times come again and again, and are costly to spell."""

    def asked(value: Any) -> Any:
        return field.get_db_prep_save(value, connection)

    if isinstance(field, models.UUIDField):
        return lambda value: value.hex if type(value) is UUID else asked(value)
    if isinstance(field, models.DateField):  # and times
        return cache(asked)
    if isinstance(field, PLAIN):
        return lambda value: value if type(value) in AS_IS else asked(value)
    return asked


def among(query: models.QuerySet[M], keys: Sequence[object], name: str = "pk") -> models.QuerySet[M]:
    """Of the rows those with one of these keys in a column: by ten thousand, `IN` costs more than the search.
    Not for a query within another.
    """
    if connections[query.db].vendor != "postgresql":
        return query.filter(**{f"{name}__in": keys})
    meta = query.model._meta
    field: Any = meta.pk if name == "pk" else meta.get_field(name)
    table, column = connection.ops.quote_name(meta.db_table), connection.ops.quote_name(field.column)
    kind = "text" if isinstance(field, models.CharField) else field.db_type(connection)
    return query.extra(  # noqa: S610 - own names
        where=[f"{table}.{column} = ANY(%s::{kind}[])"], params=[_array(keys)]
    )


def _array(keys: Iterable[object]) -> str:
    """As PostgreSQL spells one: by ten thousand, its driver takes as long for them as the search."""
    return "{" + ",".join(['"' + _escaped(str(one)) + '"' for one in keys]) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"') if '"' in text or "\\" in text else text


def _converter(field: models.Field[Any, Any]) -> Callable[[Any, Any], Any] | None:
    kind = getattr(field, "target_field", field)
    return None if isinstance(kind, PLAIN) else field.get_db_prep_save


def put_many(rows: Sequence[models.Model]) -> None:
    """Rows of one table as they are to be, each key once, those that are there already too."""
    if not rows:
        return
    meta = rows[0]._meta
    fields: list[Any] = list(meta.concrete_fields)
    others = [field for field in fields if not field.primary_key]
    key = meta.pk
    if connection.vendor != "postgresql" and others:
        quote = connection.ops.quote_name
        sets = ", ".join(f"{quote(one.column)} = excluded.{quote(one.column)}" for one in others)
        more = f"ON CONFLICT ({quote(str(key.column))}) DO UPDATE SET {sets}"
        _insert_sqlite(
            meta.db_table, fields, ([getattr(row, one.attname) for row in rows] for one in fields), more
        )
        return
    names = [field.name for field in others]
    meta.default_manager.bulk_create(  # type: ignore[union-attr]
        rows, update_conflicts=True, unique_fields=[str(key.name)], update_fields=names
    )


def is_typed(alias: str) -> bool:
    """Whether this database lets no value into a column but those of its type."""
    return connections[alias].vendor == "postgresql"


def is_defined_alike(table: str, alias: str, other: str) -> bool:
    """Whether SQLite was told the same of a table and its indexes in two databases, word for word. It holds
    a table to that text and to nothing else, and compares it far sooner than Django takes it apart.
    """
    if {connections[one].vendor for one in (alias, other)} != {"sqlite"}:
        return False
    statement = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = %s ORDER BY type, name"
    said = []
    for one in (alias, other):
        with connections[one].cursor() as cursor:
            said.append(cursor.execute(statement, [table]).fetchall())
    return bool(said[0]) and said[0] == said[1]


def constraints(table: str, alias: str) -> dict[str, Any]:
    """Name → what the database says of each constraint and index of a table."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        found: dict[str, Any] = connection.introspection.get_constraints(cursor, table)
    return found


def databases(url: str, home: Path) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for `url`: empty for SQLite in the home, or
    postgresql://user:password@host:port/name.
    """
    if not url:
        return {"default": _sqlite(home / "db.sqlite3")}
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {"default": _sqlite(home / parts.path.lstrip("/"))}
    if parts.scheme in ("postgresql", "postgres") and len(parts.path) > 1:
        # A socket's folder is no host name, so it stands behind `?host=`, as libpq has it.
        host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
        return {"default": _postgresql(host, parts.port, parts.path[1:], parts.username, parts.password)}
    raise CallerError("server-config", "server.toml: database.url is neither sqlite: nor postgresql:.")


def _sqlite(path: Path) -> dict[str, Any]:
    options = {"transaction_mode": "IMMEDIATE", "timeout": BUSY_TIMEOUT_S, "init_command": SQLITE_START}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
    }


def _postgresql(
    host: str, port: int | None, name: str, user: str | None, password: str | None
) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(name),
        "HOST": unquote(host),
        "PORT": str(port or ""),
        "USER": unquote(user or ""),
        "PASSWORD": unquote(password or ""),
        # No query here is worth compiling: where the planner expects many rows, that alone costs 200 ms. And
        # a page out of order costs what any page costs, in memory or on a disk without arms.
        "OPTIONS": {"options": "-c jit=off -c random_page_cost=1.1"},
        "CONN_MAX_AGE": 600,
    }
