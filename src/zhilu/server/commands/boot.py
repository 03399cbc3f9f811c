"""Start Django for a home: every command but `init` begins here."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import django
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError

from zhilu.errors import CallerError, WorldError
from zhilu.server import config
from zhilu.server.config import Config


def start(home: Path) -> Config:
    """Django over this home's database, which must have today's tables."""
    found = set_up(home)
    try:
        missing = missing_tables()
    except DatabaseError as error:
        raise WorldError(
            "database", "The database cannot be used: {reason}", reason=first_line(error)
        ) from None
    if missing:
        raise CallerError(
            "database-old",
            "The database in {home} is of another release: see `zhilu server upgrade`.",
            home=home,
        )
    return found


def missing_tables() -> int:
    """How many migrations this database lacks. Refused: one with migrations that this release lacks."""
    executor = MigrationExecutor(connection)
    if set(executor.loader.applied_migrations) - set(executor.loader.graph.nodes):
        raise CallerError(
            "database-unknown",
            "The database is of a release that this one does not know: use that release's programs.",
        )
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def set_up(home: Path) -> Config:
    found = config.load(home)
    os.environ[config.HOME_VARIABLE] = str(found.home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "zhilu.server.settings"
    # What is imported here stays: no look through it for garbage, a fifth of the start, finds any.
    gc.disable()
    django.setup()
    gc.freeze()
    gc.enable()
    return found


def make_tables(home: Path) -> None:
    """This release's tables, in a home's database that has none or older ones."""
    set_up(home)
    from django.core.management import call_command

    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise WorldError(
            "database", "The database cannot be used: {reason}", reason=first_line(error)
        ) from None


def close() -> None:
    """Let go of the database's files."""
    connections.close_all()


def first_line(error: Exception) -> str:
    """Databases explain themselves at length; a refusal is one plain line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
