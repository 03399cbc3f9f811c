"""Events of assessment (spec/assessment.md §6)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Id, JsonList, JsonObject, Natural

LONGEST = 524_288
"""Bytes of a part: one person's line with whatever a scheme allows."""


@event("scheme-set/1", subject="subject", by=("supervisor",))
class SchemeSet:
    """`since`: its first month, `2026-04`; prices in tenths of a point, each with the most a month."""

    version: Natural
    since: Code
    base: Natural
    least: Natural
    most: Natural
    deductions: JsonObject
    items: JsonObject
    credits: JsonObject
    ranks: JsonObject
    kinds: JsonObject

    @property
    def subject(self) -> str:
        return f"scheme-{self.version}"


@event("assessment-published/1", subject="subject", by=("leader",), longest=LONGEST)
class AssessmentPublished:
    """One of `parts` that come together, counted from 1. `units`: [[department, tenths or null, persons,
    days]], of part 1; `lines`: [[person, department, tenths, deducted, credited, [[kind, code, ref, day,
    department, tenths]]]] by person, over all parts.
    """

    month: Code
    version: Natural
    scheme: Natural
    reason: Code
    part: Natural
    parts: Natural
    tenths: int | None
    units: JsonList
    lines: JsonList

    @property
    def subject(self) -> str:
        return f"assessment-{self.month}"


@event("objection-filed/1", subject="objection")
class ObjectionFiled:
    """Personal: text."""

    objection: Id
    month: Code
    version: Natural


@event("objection-decided/1", subject="objection", by=("leader",))
class ObjectionDecided:
    """`struck`: [[kind, ref, code]] of the person's line; `granted`: outcomes. Personal: text."""

    objection: Id
    decision: Code
    struck: JsonList
    granted: JsonList
