"""Outcomes of an act."""

from __future__ import annotations

from uuid import UUID

from zhilu.server.evidence import rules_links
from zhilu.server.evidence.events_links import OutcomeRecorded, OutcomeWithdrawn
from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.services.commit import commit


def record(actor: UUID | str, act: UUID, kind: str, amount_fen: int | None = None, note: str = "") -> UUID:
    """A new outcome; returns its id."""
    made = new_id()
    said = rules_links.line_of(note, rules_links.LONGEST_NOTE)
    commit(OutcomeRecorded(str(act), str(made), kind, amount_fen), str(actor), {"note": said})
    return made


def withdraw(actor: UUID | str, outcome: UUID, reason: str) -> None:
    commit(OutcomeWithdrawn(str(outcome), reason), str(actor))
