"""What a neighbour gets of the own ledger, and its cosignatures (spec/federation.md §2)."""

from __future__ import annotations

from django.db import transaction

from zhilu.errors import DataError
from zhilu.protocols.federation import BATCH_BYTES, MAX_COUNT, Payload, Served, encode_entry
from zhilu.server.federation.models import Cosigned, Joined
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.tlog.cosign import CosignatureVerifier
from zhilu.tlog.note import Note
from zhilu.tlog.witness import read_cosignatures


def batch(start: int, count: int) -> tuple[bytes, int]:
    """Entries from `start` on, one at least where there is one; and how many."""
    rows = Entry.objects.filter(index__gte=start).order_by("index")[: min(count, MAX_COUNT)]
    parts: list[bytes] = []
    length = 0
    for row in rows.iterator(100):
        part = encode_entry(_served(row))
        if parts and length + len(part) > BATCH_BYTES:
            break
        parts.append(part)
        length += len(part)
    return b"".join(parts), len(parts)


def _served(row: Entry) -> Served:
    personal = None
    if row.personal is not None and row.personal_salt is not None:
        personal = Payload(bytes(row.personal), bytes(row.personal_salt))
    return Served(bytes(row.leaf), Payload(bytes(row.core), bytes(row.core_salt)), personal)


def take_cosignature(kid: str, size: int, line: bytes) -> int:
    """The newest size that this neighbour has cosigned."""
    joined = Joined.objects.get(kid=kid)
    published = Checkpoint.objects.filter(size=size).first()
    if published is None:
        raise DataError("checkpoint-unknown", "No checkpoint of this size was published.", size=size)
    note = Note.parse(bytes(published.note))
    cosigner = CosignatureVerifier.from_vkey(joined.cosigner)
    signed = read_cosignatures(line, Note(note.text, ()), [cosigner])
    text = signed.signatures[0].line()
    with transaction.atomic():
        Cosigned.objects.get_or_create(bureau=joined.bureau, size=size, defaults={"line": text, "at": now()})
    newest = Cosigned.objects.filter(bureau=joined.bureau).order_by("-size").first()
    assert newest is not None
    return newest.size
