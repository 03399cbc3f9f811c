"""Recordings that are logged and that the store has not (spec/intake.md §2): found by `check_store`, asked
for again, made whole without a second entry.

A row of `Wanted` opens the ways of intake for this recording once more, for the journal that the ledger
names and no other. It goes when the store has journal and media again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from zhilu.errors import DataError
from zhilu.sealed.imports import ImportReader
from zhilu.sealed.journal import JournalReader
from zhilu.sealed.lines import MAX_LINE, line_hash
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.evidence.models import Recording, Wanted
from zhilu.server.evidence.services.media_store import journal_key, media_key, store
from zhilu.server.ledger.clock import now

MOST = 1000
ABSENT, DAMAGED = "absent", "damaged"


@dataclass(frozen=True)
class Lost:
    """`how`: `absent`, or `damaged`: other bytes lie under its key, and must be moved away before it can come
    again, for a store changes nothing."""

    recording: UUID
    how: str


def is_wanted(recording: UUID) -> bool:
    return Wanted.objects.filter(recording=recording).exists()


def of_recorder(kid: str) -> list[dict[str, str]]:
    """The oldest first, with the handover under which each was stored."""
    rows = Recording.objects.filter(recorder=kid, id__in=Wanted.objects.values("recording"))
    found = rows.order_by("opened_at", "id").values_list("id", "handover")[:MOST]
    return [{"id": str(one), "handover": handover} for one, handover in found]


def check_logged(stored: Recording, reader: JournalReader | ImportReader) -> None:
    """DataError `wanted`: another journal than the one that was logged."""
    found = (reader.kid, reader.lines, (reader.head or b"").hex(), reader.segments, reader.length)
    sealed_by = stored.recorder or stored.station
    if found != (sealed_by, stored.lines, stored.last, stored.segments, stored.length):
        raise DataError("wanted", "This is not the journal that was logged for this recording.")


def back(recording: UUID) -> None:
    Wanted.objects.filter(recording=recording).delete()


def check_store(progress: Callable[[int], None] = lambda done: None) -> tuple[int, list[Lost]]:
    """Compares the store with the ledger: how many recordings are logged, and which are lost. Marks them, and
    takes the mark off those that are back."""
    found: list[Lost] = []
    count = 0
    for row in Recording.objects.order_by("id").iterator(500):
        count += 1
        lost = _lost(row)
        if lost is not None:
            found.append(lost)
        _mark(row, lost)
        if count % 1000 == 0:
            progress(count)
    if found:
        raise_alarm("store-lost", settings.ZHILU.bureau)
    return count, found


def _mark(row: Recording, lost: Lost | None) -> None:
    if lost is None:
        back(row.id)
        return
    Wanted.objects.get_or_create(recording=row.id, defaults={"since": now()})
    # It may have come while we looked.
    if _lost(row) is None:
        back(row.id)


def _lost(row: Recording) -> Lost | None:
    """By length, and the journal by its last line too: what a disk loses is ends and whole files. Bytes in
    between are compared with the journal whenever anybody relies on them."""
    media, journal = store().length(media_key(row.id)), store().length(journal_key(row.id))
    if media not in (None, row.length) or (journal is not None and _last_line(row.id) != row.last):
        return Lost(row.id, DAMAGED)
    return Lost(row.id, ABSENT) if media is None or journal is None else None


def _last_line(recording: UUID) -> str:
    key = journal_key(recording)
    with store().open(key) as file:
        file.seek(max(0, (store().length(key) or 0) - MAX_LINE - 2))
        lines = file.read().splitlines(keepends=True)
    is_whole = bool(lines) and lines[-1].endswith(b"\n")
    return line_hash(lines[-1]).hex() if is_whole else ""
