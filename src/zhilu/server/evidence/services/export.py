"""The evidence of one recording as files (spec/ledger.md §7): what a stranger needs, and nothing secret: no
keys, no text.

`recording/journal.jws`, `recording/media.sealed`, `logbook.jws`, `receipt.json`. The trust document is not
among them: it must reach the stranger from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO
from uuid import UUID

from zhilu import strictjson
from zhilu.encoding import unb64u
from zhilu.errors import DataError
from zhilu.server.equipment.models import LogbookLine, Recorder
from zhilu.server.equipment.services import logbooks
from zhilu.server.evidence.models import Recording
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
    return {
        "receipt.json": [strictjson.dumps(receipt_file(row))],
        "logbook.jws": logbooks.lines_of(row.recorder),
        "recording/journal.jws": _pieces(store().open(journal_key(row.id))),
    }


def files(row: Recording) -> dict[str, Iterable[bytes]]:
    """The media too: for whoever runs the server and holds its store anyway."""
    return proof_files(row) | {"recording/media.sealed": _pieces(store().open(media_key(row.id)))}


def receipt_file(row: Recording) -> dict[str, Any]:
    """The receipt, and enrolment and policy under the checkpoint that the recorder knew when it began."""
    known = boot_checkpoint(row)
    enrolled = Recorder.objects.get(kid=row.recorder).entry
    policy = Policy.objects.get(version=row.policy).entry
    return {
        "receipt": proofs.proved_entry(row.entry).to_json(),
        "enrolled": proofs.proved_entry(enrolled, known.size).to_json(),
        "policy": proofs.proved_entry(policy, known.size).to_json(),
    }


def boot_checkpoint(row: Recording) -> Checkpoint:
    """The published checkpoint that the `boot` line before the recording names."""
    opened = LogbookLine.objects.filter(
        recorder=row.recorder, recording=row.id, type="recording-opened"
    ).first()
    boots = LogbookLine.objects.filter(recorder=row.recorder, type="boot", n__lt=opened.n if opened else 0)
    boot = boots.order_by("-n").first()
    named = _payload(boot).get("checkpoint") if boot else None
    checkpoint = proofs.note_by_hash(named) if named else None
    if checkpoint is None:
        raise DataError(
            "boot-checkpoint", "The recorder knew no checkpoint of this ledger when it began to record."
        )
    return checkpoint


def _payload(line: LogbookLine) -> dict[str, Any]:
    """Of a line that was verified when it was taken."""
    return strictjson.loads_object(unb64u(bytes(line.line).decode("ascii").split(".")[1]))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
