"""What officers propose (征求意见), and what was decided."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from zhilu.encoding import uuid7
from zhilu.server.catalogue.events import ProcedureDecided, ProcedureProposed
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import commit


def propose(by: UUID, procedure: str | None, fields: Mapping[str, Any], reason: str) -> UUID:
    """`fields`: what should be otherwise; `procedure` None proposes a new one."""
    proposal = uuid7(int(now().timestamp() * 1000), secrets.token_bytes(10))
    event = ProcedureProposed(str(proposal), str(by), procedure, dict(fields))
    commit(event, str(by), {"reason": reason})
    return proposal


def decline(by: UUID, proposal: UUID, reason: str) -> None:
    """Adopted ones are decided with the version that carries them out: `drafts.put_in_force`."""
    commit(ProcedureDecided(str(proposal), "declined", None), str(by), {"reason": reason})
