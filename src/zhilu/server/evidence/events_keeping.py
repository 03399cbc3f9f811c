"""How long a recording is kept (spec/ledger.md §6)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Id


@event("retention-lengthened/1", subject="recording")
class RetentionLengthened:
    """`keep`: a retention as in a catalogue, longer than the recording is kept already. Personal: text."""

    recording: Id
    keep: Code
    reason: Code
