"""Events about what is added to an act later (spec/ledger.md §6)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Id, JsonList, Natural


@event("act-amended/1", subject="act")
class ActAmended:
    """What the act says of itself from now on; fields as in `act-opened/1`. Personal: taxpayer."""

    act: Id
    version: Natural
    procedure: Code
    catalogue: Natural
    officers: JsonList
    spans: JsonList


@event("act-linked/1", subject="act")
class ActLinked:
    """Personal: number, name."""

    act: Id
    link: Id
    kind: Code
    source: Code


@event("act-unlinked/1", subject="link")
class ActUnlinked:
    link: Id
    reason: Code


@event("outcome-recorded/1", subject="act")
class OutcomeRecorded:
    """Personal: note."""

    act: Id
    outcome: Id
    kind: Code
    amount_fen: Natural | None


@event("outcome-withdrawn/1", subject="outcome")
class OutcomeWithdrawn:
    outcome: Id
    reason: Code
