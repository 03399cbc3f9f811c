"""Receipts: the proof that a recording is stored and logged (spec/ledger.md §5)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from zhilu.errors import DataError
from zhilu.server.evidence.models import Recording
from zhilu.server.ledger.services import proofs


def receipt(recording: UUID, size: int) -> dict[str, Any] | None:
    """`{"receipt", "consistency"}` for a recorder whose checkpoint has `size`; None until a checkpoint
    covers it.
    """
    row = Recording.objects.filter(id=recording).first()
    if row is None:
        raise DataError("recording-unknown", "No such recording is stored.")
    checkpoint = proofs.newest_covering(row.entry)
    if checkpoint is None:
        return None
    if size > checkpoint.size:
        raise DataError("rollback", "The recorder has seen a larger ledger than this one.", size=size)
    return {
        "receipt": proofs.proved_entry(row.entry, checkpoint.size).to_json(),
        "consistency": [value.hex() for value in proofs.consistency(size, checkpoint.size)],
    }
