"""What is done with many recordings and acts at once. Each is an entry of its own: what the rules refuse of
one stops none of the others, and what has been so already is no error, so a batch may be sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from zhilu.errors import DataError, ZhiluError
from zhilu.server.evidence.events_desk import DescriptionAssigned, RecordingSetAside, StatementConfirmed
from zhilu.server.evidence.rules_desk import MOST_BATCH
from zhilu.server.ledger.services.commit import commit

SO_ALREADY = "so-already"
ALREADY = {"aside-already", "assigned-already", "confirmed-already", SO_ALREADY}


@dataclass(frozen=True)
class Result:
    """What became of one row. `error` says why it was refused; `already`: it had been so before."""

    ticket: str
    error: ZhiluError | None = None
    already: bool = False


def batch(tickets: Sequence[str], act: Callable[[str], None]) -> list[Result]:
    """`act` of each ticket, once and in this order."""
    wanted = list(dict.fromkeys(tickets))
    if not wanted:
        raise DataError("batch-empty", "Choose at least one row.")
    if len(wanted) > MOST_BATCH:
        raise DataError("batch-many", "At most {most} rows are done at once.", most=MOST_BATCH)
    return [_done(ticket, act) for ticket in wanted]


def so_already() -> DataError:
    """For what has no rule of the ledger's that says so."""
    return DataError(SO_ALREADY, "This is so already.")


def _done(ticket: str, act: Callable[[str], None]) -> Result:
    try:
        act(ticket)
    except ZhiluError as error:
        if error.code in ALREADY:
            return Result(ticket, already=True)
        return Result(ticket, error)
    return Result(ticket)


def set_aside(by: UUID, recording: UUID, reason: str, text: str) -> None:
    event = RecordingSetAside(recording=str(recording), reason=reason)
    commit(event, str(by), {"text": text.strip()})


def assign(by: UUID, recording: UUID, officer: UUID) -> None:
    commit(DescriptionAssigned(recording=str(recording), officer=str(officer)), str(by))


def confirm(by: UUID, act: UUID, version: int) -> None:
    commit(StatementConfirmed(act=str(act), version=version), str(by))
