"""The evidence of one recording as files (spec/ledger.md §7): what a stranger needs, and nothing secret: no
keys, no text.

`recording/journal.jws`, `recording/media.sealed`, `logbook.jws` (an import has none), `receipt.json`. The
trust document is not among them: it must reach the stranger from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO
from uuid import UUID

from zhilu import strictjson
from zhilu.errors import DataError
from zhilu.sealed.imports import ORIGIN
from zhilu.sealed.lines import MAX_LINE
from zhilu.server.equipment.models import LogbookLine, Recorder, Station
from zhilu.server.equipment.services import logbooks
from zhilu.server.evidence.models import Recording
from zhilu.server.evidence.services import imports
from zhilu.server.evidence.services.media_store import journal_key, media_key, store
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.ledger.services import proofs
from zhilu.server.organisation.models import Policy
from zhilu.store.api import CHUNK


def find(recording: UUID) -> Recording:
    row = Recording.objects.filter(id=recording).first()
    if row is None:
        raise DataError("recording-unknown", "No such recording is stored.")
    return row


def proof_files(row: Recording) -> dict[str, Iterable[bytes]]:
    """Name → content, in pieces: all but the media, for the pages.

    Ciphertext goes to a person only under a live grant (spec/intake.md §4): whoever was released a part would
    else open the rest. DataError `not-covered` while the receipt waits for its checkpoint.
    """
    found: dict[str, Iterable[bytes]] = {"receipt.json": [strictjson.dumps(receipt_file(row))]}
    if row.origin != ORIGIN:
        found["logbook.jws"] = logbooks.lines_of(row.recorder)
    return found | {"recording/journal.jws": _pieces(store().open(journal_key(row.id)))}


def files(row: Recording) -> dict[str, Iterable[bytes]]:
    """The media too: for whoever runs the server and holds its store anyway."""
    return proof_files(row) | {"recording/media.sealed": _pieces(store().open(media_key(row.id)))}


def receipt_file(row: Recording) -> dict[str, Any]:
    """The receipt, and enrolment and policy under the checkpoint that the device knew when it began."""
    if row.origin == ORIGIN:
        known, enrolled = _import_checkpoint(row), Station.objects.get(kid=row.station).entry
    else:
        known, enrolled = boot_checkpoint(row), Recorder.objects.get(kid=row.recorder).entry
    policy = Policy.objects.get(version=row.policy).entry
    return {
        "receipt": proofs.proved_entry(row.entry).to_json(),
        "enrolled": proofs.proved_entry(enrolled, known.size).to_json(),
        "policy": proofs.proved_entry(policy, known.size).to_json(),
    }


def _import_checkpoint(row: Recording) -> Checkpoint:
    """The one that `open` names; that it is there was checked before the import was stored."""
    reader = imports.reader_for(row.station)
    with store().open(journal_key(row.id)) as file:
        reader.feed(file.readline(MAX_LINE + 1))
    if reader.facts is None:
        raise DataError("journal", "The journal is refused: {finding}", finding="open")
    return imports.known_checkpoint(reader.facts.checkpoint, row.station, row.policy)


def boot_checkpoint(row: Recording) -> Checkpoint:
    """The published checkpoint that the `boot` line before the recording names."""
    opened = LogbookLine.objects.filter(
        recorder=row.recorder, recording=row.id, type="recording-opened"
    ).first()
    boots = LogbookLine.objects.filter(recorder=row.recorder, type="boot", n__lt=opened.n if opened else 0)
    boot = boots.order_by("-n").first()
    named = logbooks.payload_of(boot).get("checkpoint") if boot else None
    checkpoint = proofs.note_by_hash(named) if named else None
    if checkpoint is None:
        raise DataError(
            "boot-checkpoint", "The recorder knew no checkpoint of this ledger when it began to record."
        )
    return checkpoint


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
