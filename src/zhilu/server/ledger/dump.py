"""The database into a file, and its rows out of it again.

- SQLite: its online backup, page by page through one read transaction: commits go on, and the copy is the
  database at the moment when that transaction began.
- PostgreSQL: the rows of every table of ours, by COPY within a snapshot. For each table a line of JSON, its
  name and columns, then its rows: pieces, before each a line with its length, and a line `0`.

What is brought back is rows only, and only into the tables that this release has just made: what else a file
carries is refused by name (`restore-objects`), for a trigger or a view would run in the server's name. No
statement is taken from a file.

Nothing here makes a file durable or gives it its name: the caller's folder appears whole.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from django.db import connections

from zhilu import strictjson
from zhilu.errors import CallerError, DataError, WorldError, ZhiluError
from zhilu.server.ledger import objects

FILES = {"sqlite": "database.sqlite3", "postgresql": "database.pgcopy"}
"""Engine → name of the file."""
PAGES = 4096
"""How many pages of SQLite are copied between two words of progress."""
LONGEST_LINE, LONGEST_PIECE = 65_536, 1 << 30
Progress = Callable[[int, int], None]


def engine(alias: str = "default") -> str:
    return str(connections[alias].vendor)


def dump(alias: str, path: Path, progress: Progress = lambda done, of: None) -> None:
    """The database as the snapshot `alias` sees it (`lock.snapshot`) into a new file."""
    path.touch(mode=0o600)
    if engine(alias) == "sqlite":
        _dump_sqlite(connections[alias].connection, path, progress)
        return
    try:
        with path.open("wb") as file:
            _dump_postgresql(alias, file)
    except OSError as error:
        raise _unwritten(error.strerror) from None


def refuse_unless_empty(settings: dict[str, Any]) -> None:
    """A file of SQLite is new with its folder."""
    if _is_sqlite(settings):
        return
    with _connected(settings) as database:
        found = database.execute(
            "SELECT 1 FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname !~ '^(pg_|information_schema)' LIMIT 1"
        ).fetchone()
        name = str(database.execute("SELECT current_database()").fetchone()[0])
    if found:
        raise CallerError("database-taken", "The database {name} is not empty.", name=name)


def load(path: Path, settings: dict[str, Any]) -> None:
    """The rows of a file of `dump` into the tables of the database that `settings` name (`lock.databases`):
    just made, and used by nobody.
    """
    if _is_sqlite(settings):
        _load_sqlite(path, Path(settings["NAME"]))
        return
    with path.open("rb") as file, _connected(settings) as database:
        _load_postgresql(file, database)


def empty(settings: dict[str, Any]) -> None:
    """Takes away what came into a PostgreSQL database; a file goes with its folder."""
    if _is_sqlite(settings):
        return
    with _connected(settings) as database:
        names = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^mirror_'"
        for (name,) in database.execute(names).fetchall():
            database.execute(f"DROP SCHEMA {_quoted(name)} CASCADE")
        database.execute("DROP SCHEMA public CASCADE")
        database.execute("CREATE SCHEMA public")


def _is_sqlite(settings: dict[str, Any]) -> bool:
    return str(settings["ENGINE"]).endswith("sqlite3")


def _dump_sqlite(source: sqlite3.Connection, path: Path, progress: Progress) -> None:
    try:
        with closing(sqlite3.connect(path)) as target:
            target.execute("PRAGMA synchronous=OFF")
            source.backup(target, pages=PAGES, progress=lambda _, left, of: progress(of - left, of))
    except sqlite3.Error as error:
        raise _unwritten(str(error)) from None


def _load_sqlite(path: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{target}?mode=rw", uri=True, isolation_level=None)) as database:
            database.execute("PRAGMA foreign_keys=OFF")
            _check_sqlite(path, database)
            database.execute("ATTACH ? AS source", [f"file:{path}?mode=ro&immutable=1"])
            database.execute("BEGIN")
            for table, columns in objects.tables(database).items():
                names = ", ".join(map(_quoted, columns))
                database.execute(f"DELETE FROM main.{_quoted(table)}")
                database.execute(
                    f"INSERT INTO main.{_quoted(table)} ({names}) SELECT {names} FROM source.{_quoted(table)}"
                )
            database.execute("COMMIT")
    except sqlite3.Error as error:
        raise _unfit(str(error)) from None


def _check_sqlite(path: Path, fresh: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as source:
        if objects.STEPS in objects.tables(source):
            _check_release(_steps(fresh), _steps(source))
        for one in objects.strange_to(source, fresh):
            raise _strange(one)


def _dump_postgresql(alias: str, file: IO[bytes]) -> None:
    with connections[alias].cursor() as cursor:
        for table, columns in objects.tables_of(cursor).items():
            names = ", ".join(map(_quoted, columns))
            file.write(strictjson.dumps({"table": table, "columns": columns}) + b"\n")
            with cursor.copy(f"COPY {_quoted(table)} ({names}) TO STDOUT") as rows:
                for piece in rows:
                    file.write(f"{len(piece)}\n".encode())
                    file.write(piece)
            file.write(b"0\n")


def _load_postgresql(file: IO[bytes], database: Any) -> None:
    import psycopg

    try:
        with database.transaction(), database.cursor() as cursor:
            ours = objects.tables_of(cursor)
            done = _steps(cursor)
            cursor.execute(f"TRUNCATE {', '.join(map(_quoted, ours))}")
            left = set(ours)
            while head := _head(file):
                table, columns = head
                if table not in ours or sorted(ours[table]) != sorted(columns):
                    raise _strange(f"table {table}")
                names = ", ".join(map(_quoted, columns))
                with cursor.copy(f"COPY {_quoted(table)} ({names}) FROM STDIN") as rows:
                    for piece in _pieces(file):
                        rows.write(piece)
                if table == objects.STEPS:  # the first
                    _check_release(done, _steps(cursor))
                left.discard(table)
            if left:
                raise _unfit(min(left))
            objects.set_sequences(cursor)
    except psycopg.Error as error:
        raise _unfit(str(error)) from None


def _steps(cursor: Any) -> set[Any]:
    """The migrations that were taken."""
    return set(cursor.execute(f"SELECT app, name FROM {objects.STEPS}").fetchall())


def _head(file: IO[bytes]) -> tuple[str, list[str]] | None:
    """Of the next table; None at the end."""
    line = file.readline(LONGEST_LINE)
    if not line:
        return None
    try:
        said = strictjson.fields(strictjson.loads_object(line, LONGEST_LINE), {"table": str, "columns": list})
    except ZhiluError:
        raise _unfit("table") from None
    return said["table"], [str(one) for one in said["columns"]]


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while True:
        line = file.readline(16)
        if not line.endswith(b"\n") or not line[:-1].isdigit() or int(line) > LONGEST_PIECE:
            raise _unfit("length")
        if int(line) == 0:
            return
        piece = file.read(int(line))
        if len(piece) != int(line):
            raise _unfit("length")
        yield piece


def _check_release(ours: set[Any], theirs: set[Any]) -> None:
    if ours - theirs:
        raise CallerError(
            "backup-old", "The backup is of another release: restore it with that one, then upgrade."
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _strange(what: str) -> DataError:
    return DataError(
        "restore-objects", "The backup's database holds what this release does not make: {what}", what=what
    )


def _unfit(reason: str) -> DataError:
    reason = (reason.strip().splitlines() or [""])[0]
    return DataError(
        "restore-rows", "The backup's rows do not go into this release's tables: {reason}", reason=reason
    )


def _unwritten(reason: str | None) -> WorldError:
    return WorldError("dump", "The database cannot be written out: {reason}", reason=reason or "")


@contextmanager
def _connected(settings: dict[str, Any]) -> Iterator[Any]:
    import psycopg

    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    given = {word: settings[name] for word, name in names.items() if settings[name]}
    try:
        with psycopg.connect(**given, autocommit=True) as database:
            yield database
    except psycopg.OperationalError as error:
        reason = (str(error).strip().splitlines() or [""])[0]
        raise WorldError("database", "The database cannot be used: {reason}", reason=reason) from None
