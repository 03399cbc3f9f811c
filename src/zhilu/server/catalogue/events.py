"""Events about procedures, where they must be recorded, and the rules in force (spec/registers.md §2)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Date, Id, JsonList, JsonObject, Natural, Text


@event("catalogue-set/1", subject="subject", by=("legal-editor",))
class CatalogueSet:
    """A whole version: `classes` {code: name}, `scripts` {code: text}, `procedures` [{code, class, tier,
    min_officers, marks, …}].
    """

    version: Natural
    since: Date
    classes: JsonObject
    scripts: JsonObject
    procedures: JsonList

    @property
    def subject(self) -> str:
        return f"catalogue-{self.version}"


@event("rollout-set/1", subject="rollout", by=("legal-editor",))
class RolloutSet:
    """A tier must be recorded in a bureau, or in a department and those below it, in a period."""

    rollout: Id
    bureau: Code
    department: Id | None
    tier: Code
    since: Date
    until: Date | None


@event("procedure-proposed/1", subject="proposal")
class ProcedureProposed:
    """`fields`: what should be otherwise; `procedure` null proposes a new one. Personal: reason."""

    proposal: Id
    person: Id
    procedure: Code | None
    fields: JsonObject


@event("procedure-decided/1", subject="proposal", by=("legal-editor",))
class ProcedureDecided:
    """`version`: the catalogue that carries an adopted proposal out. Personal: reason."""

    proposal: Id
    decision: Code
    version: Natural | None


@event("regulation-issued/1", subject="regulation", by=("legal-editor",))
class RegulationIssued:
    """A version of the rules in force."""

    regulation: Id
    version: Natural
    title: Text
    text: str
    since: Date


@event("regulation-read/1", subject="regulation")
class RegulationRead:
    regulation: Id
    version: Natural
    person: Id
