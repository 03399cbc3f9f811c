"""Replaying the ledger: into a scratch database for the audit, into the live tables for a rebuild.

`apply` runs on each stored entry as it ran at `commit`. The scratch database is reached by a database
router that is switched for the duration; nothing else may run in this process meanwhile, so only commands
use it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import connections, models

from zhilu.server.ledger import lock
from zhilu.server.ledger.events import kind_named
from zhilu.server.ledger.models import Entry, Evidential
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services.commit import event_of, stamp_of

SCRATCH = "scratch"
_routed: ContextVar[bool] = ContextVar("routed", default=False)


class ScratchRouter:
    """Django database router: everything goes to the scratch database while a replay is routed there."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        return SCRATCH if _routed.get() else None

    db_for_write = db_for_read

    def allow_relation(self, one: models.Model, other: models.Model, **hints: Any) -> bool | None:
        return None


@contextmanager
def scratch_database() -> Iterator[None]:
    """An empty database with today's tables, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="zhilu-audit-") as folder:
        settings = lock.databases("", Path(folder))["default"]
        connections.databases[SCRATCH] = connections.configure_settings({"default": settings})["default"]
        try:
            call_command("migrate", database=SCRATCH, verbosity=0, interactive=False)
            yield
        finally:
            connections[SCRATCH].close()
            del connections.databases[SCRATCH]
            del connections[SCRATCH]


@contextmanager
def routed() -> Iterator[None]:
    token = _routed.set(True)
    try:
        yield
    finally:
        _routed.reset(token)


def entries(first: int) -> Iterator[Entry]:
    """The stored entries from number `first` on, in order, out of the live database."""
    return Entry.objects.using("default").filter(index__gte=first).order_by("index").iterator(500)


def apply_entry(entry: Entry) -> None:
    kind = kind_named(entry.kind)
    if kind.applies:
        with applying():
            kind.applies(event_of(entry), stamp_of(entry))


def evidential_models() -> list[type[Evidential]]:
    """Every evidential table, those that others point to first."""
    return [model for model in apps.get_models() if issubclass(model, Evidential)]


def rebuild() -> int:
    """Write the evidential tables anew; returns the number of entries. All or nothing, under the ledger's
    lock.
    """
    count = 0
    with lock.held():
        for model in reversed(evidential_models()):
            # Past the guards and the protected relations: every row of every table goes, and comes again.
            query = model.objects.all()
            query._raw_delete(query.db)
        for entry in entries(0):
            apply_entry(entry)
            count += 1
    return count
