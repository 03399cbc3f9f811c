"""Events about what heads and officers do with many recordings and acts (spec/ledger.md §6)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Id, Natural


@event("recording-set-aside/1", subject="recording")
class RecordingSetAside:
    """Nothing to describe. Personal: text."""

    recording: Id
    reason: Code


@event("description-assigned/1", subject="recording")
class DescriptionAssigned:
    """`officer` sees the recording from now on, and is to describe it."""

    recording: Id
    officer: Id


@event("statement-confirmed/1", subject="act")
class StatementConfirmed:
    """`version`: the one that was read."""

    act: Id
    version: Natural
