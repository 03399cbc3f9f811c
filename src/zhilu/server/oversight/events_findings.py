"""Events about findings and limits (spec/findings.md)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Date, Id, Ids, JsonList, Natural

RAISED = "finding-raised/1"


@event(RAISED, subject="finding")
class FindingRaised:
    """`about`: what is judged, of the kind `subject_kind`; `places`: [[since, until]] in seconds since 1970;
    `words`: codes, ids and figures. Once more for one that is open: it says more, or was cleared."""

    finding: Code
    rule: Code
    version: Natural
    severity: Code
    about: str
    subject_kind: Code
    day: Date
    department: Id | None
    persons: Ids
    places: JsonList
    words: JsonList


@event("finding-cleared/1", subject="finding")
class FindingCleared:
    """The facts no longer show it."""

    finding: Code
    reason: Code


@event("limit-set/1", subject="name", by=("legal-editor",))
class LimitSet:
    name: Code
    value: Code
    since: Date
