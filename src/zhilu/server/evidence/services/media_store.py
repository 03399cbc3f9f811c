"""The media store of this home, and under which keys things stand in it."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from django.conf import settings

from zhilu.store.api import Store
from zhilu.store.memory import MemoryStore
from zhilu.store.posix import PosixStore


@cache
def _store(kind: str, folder: str) -> Store:
    return MemoryStore() if kind == "memory" else PosixStore(settings.ZHILU.store_folder)


def store() -> Store:
    return _store(settings.ZHILU.store_kind, str(settings.ZHILU.store_folder))


def sweep() -> None:
    """At the start, before anybody writes: what a crashed writer left half made."""
    found = store()
    if isinstance(found, PosixStore):
        found.sweep()


def journal_key(recording: UUID) -> str:
    return f"recordings/{recording}/journal.jws"


def media_key(recording: UUID) -> str:
    return f"recordings/{recording}/media.sealed"
