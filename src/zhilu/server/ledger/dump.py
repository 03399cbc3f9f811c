"""The database into a file and out of it again, by what its engine offers for that.

- SQLite: its online backup, page by page through one read transaction: commits go on, and the copy is the
  database at the moment when that transaction began.
- PostgreSQL: pg_dump under an exported snapshot, pg_restore in one transaction. Both programs come with
  PostgreSQL; the password goes to them by their environment, not by the command line.

Nothing here makes a file durable or gives it its name: the caller's folder appears whole.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connections

from zhilu.errors import CallerError, WorldError

FILES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
"""Engine → name of the file."""
PAGES = 4096
"""How many pages of SQLite are copied between two words of progress."""
KEEP_OUT = ("--no-owner", "--no-privileges", "--no-comments")
Progress = Callable[[int, int], None]


def engine(alias: str = "default") -> str:
    return str(connections[alias].vendor)


def dump(alias: str, path: Path, progress: Progress = lambda done, of: None) -> None:
    """The database as the snapshot `alias` sees it (`lock.snapshot`) into a new file."""
    path.touch(mode=0o600)
    if engine(alias) == "sqlite":
        _dump_sqlite(connections[alias].connection, path, progress)
        return
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = str(cursor.fetchone()[0])
    words = ["--format=custom", f"--snapshot={snapshot}", f"--file={path}", *KEEP_OUT]
    _run("pg_dump", words, connections[alias].settings_dict)


def load(path: Path, settings: dict[str, Any]) -> None:
    """A file of `dump` into the empty database that `settings` name (`lock.databases`)."""
    if settings["ENGINE"].endswith("sqlite3"):
        shutil.copyfile(path, settings["NAME"])
        Path(settings["NAME"]).chmod(0o600)
        return
    name = _refuse_unless_empty(settings)
    _run(
        "pg_restore",
        ["--exit-on-error", "--single-transaction", f"--dbname={name}", *KEEP_OUT, str(path)],
        settings,
    )


def empty(settings: dict[str, Any]) -> None:
    """Takes away what `load` brought into a PostgreSQL database; a file goes with its folder."""
    if settings["ENGINE"].endswith("sqlite3"):
        return
    with _connected(settings) as database:
        database.execute("DROP SCHEMA public CASCADE")
        database.execute("CREATE SCHEMA public")


def _dump_sqlite(source: sqlite3.Connection, path: Path, progress: Progress) -> None:
    try:
        with closing(sqlite3.connect(path)) as target:
            target.execute("PRAGMA synchronous=OFF")
            source.backup(target, pages=PAGES, progress=lambda _, left, of: progress(of - left, of))
    except sqlite3.Error as error:
        raise WorldError("dump", "The database cannot be written out: {reason}", reason=str(error)) from None


def _refuse_unless_empty(settings: dict[str, Any]) -> str:
    with _connected(settings) as database:
        found = database.execute(
            "SELECT 1 FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname !~ '^(pg_|information_schema)' LIMIT 1"
        ).fetchone()
        name = str(database.execute("SELECT current_database()").fetchone()[0])
    if found:
        raise CallerError("database-taken", "The database {name} is not empty.", name=name)
    return name


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


def _run(program: str, words: list[str], settings: dict[str, Any]) -> None:
    names = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    given = {word: settings[name] for word, name in names.items() if settings[name]}
    try:
        done = subprocess.run(
            [program, "--no-password", *words],
            env=os.environ | given,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise CallerError(
            "database-tools",
            "{program} is not on this machine: install PostgreSQL's client.",
            program=program,
        ) from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [str(done.returncode)])[0]
        raise WorldError("dump", "The database cannot be written out: {reason}", reason=reason)
