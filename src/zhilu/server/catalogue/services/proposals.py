"""What officers propose (征求意见), and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from zhilu.server.catalogue.events import ProcedureDecided, ProcedureProposed
from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.services.commit import commit


def propose(by: UUID, procedure: str | None, fields: Mapping[str, Any], reason: str) -> UUID:
    """`fields`: what should be otherwise; `procedure` None proposes a new one."""
    proposal = new_id()
    event = ProcedureProposed(str(proposal), str(by), procedure, dict(fields))
    commit(event, str(by), {"reason": reason})
    return proposal


def decline(by: UUID, proposal: UUID, reason: str) -> None:
    """Adopted ones are decided with the version that carries them out: `drafts.put_in_force`."""
    commit(ProcedureDecided(str(proposal), "declined", None), str(by), {"reason": reason})
