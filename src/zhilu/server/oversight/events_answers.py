"""Events about explanations, conclusions, sanctions and appeals (spec/answers.md §2)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Code, Hex, Id, Ids, JsonList, Natural, Time

LONGEST = 720_000
"""Bytes: one file in base64, and what stands round it; less than a part has that a county hands on."""


@event("explanation-filed/1", subject="explanation")
class ExplanationFiled:
    """Of a finding, or in advance of a task or an act: one of the three. `attachments`: [{"kind", "sha256",
    "size"}], each an entry of its own that follows. Personal: text.
    """

    explanation: Id
    finding: Code | None
    task: Id | None
    act: Id | None
    kind: Code
    reason: Code
    since: Time | None
    until: Time | None
    attachments: JsonList


@event("explanation-attached/1", subject="explanation", longest=LONGEST)
class ExplanationAttached:
    """One file of an explanation. Personal: name, data in base64."""

    explanation: Id
    number: Natural
    kind: Code
    sha256: Hex
    size: Natural


@event("explanation-decided/1", subject="explanation")
class ExplanationDecided:
    """The unit head's. Personal: text."""

    explanation: Id
    decision: Code


@event("explanation-confirmed/1", subject="explanation")
class ExplanationConfirmed:
    """A supervisor's, of one in advance that was accepted. Personal: text."""

    explanation: Id
    decision: Code


@event("finding-concluded/1", subject="finding")
class FindingConcluded:
    """`persons`: whose fault it is. Personal: text."""

    finding: Code
    conclusion: Code
    exemption: Code | None
    persons: Ids


@event("finding-referred/1", subject="finding")
class FindingReferred:
    """To discipline. Personal: text."""

    finding: Code


@event("sanction-decided/1", subject="sanction")
class SanctionDecided:
    """`months`: 0 where the form lasts none. Personal: text."""

    sanction: Id
    person: Id
    findings: JsonList
    form: Code
    months: Natural


@event("appeal-filed/1", subject="appeal")
class AppealFiled:
    """Against the conclusion about a finding, or a sanction: one of the two. Personal: text."""

    appeal: Id
    finding: Code | None
    sanction: Id | None


@event("appeal-decided/1", subject="appeal")
class AppealDecided:
    """Personal: text."""

    appeal: Id
    decision: Code
