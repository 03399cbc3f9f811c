"""What people do about findings: explain, decide, conclude, sanction, appeal. Each is an entry, whose checks
say who may, and when; here stands what a text and a file must be like, for they are nobody's evidence.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from zhilu import strictjson
from zhilu.encoding import format_time
from zhilu.errors import CallerError, WorldError
from zhilu.server.evidence.services import desk
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all
from zhilu.server.oversight import events_answers as events
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.models import Attachment


@dataclass(frozen=True)
class File:
    name: str
    data: bytes


@dataclass(frozen=True)
class Said:
    """An explanation as somebody writes it. `since`, `until`: of an interruption, both or none."""

    kind: str
    reason: str
    text: str
    since: datetime | None = None
    until: datetime | None = None
    files: Sequence[File] = field(default_factory=tuple)


def explain(by: UUID, finding: str, said: Said) -> UUID:
    return _explain(by, said, finding=finding)


def explain_task(by: UUID, task: UUID, said: Said) -> UUID:
    """In advance: before anything is found."""
    return _explain(by, said, task=str(task))


def explain_act(by: UUID, act: UUID, said: Said) -> UUID:
    return _explain(by, said, act=str(act))


def _explain(
    by: UUID, said: Said, finding: str | None = None, task: str | None = None, act: str | None = None
) -> UUID:
    """The explanation and its files come in together, or not at all."""
    id_, actor, text = new_id(), str(by), _text(said.text)
    listed = [_listed(one) for one in said.files]
    rules.check_attachments(listed)
    filed = events.ExplanationFiled(
        explanation=str(id_),
        finding=finding,
        task=task,
        act=act,
        kind=said.kind,
        reason=said.reason,
        since=format_time(said.since) if said.since else None,
        until=format_time(said.until) if said.until else None,
        attachments=listed,
    )
    lines = [Proposal(filed, actor, {"text": text})]
    for number, (file, one) in enumerate(zip(said.files, listed, strict=True)):
        event = events.ExplanationAttached(str(id_), number, one["kind"], one["sha256"], one["size"])
        held = {"name": _name(file.name), "data": base64.b64encode(file.data).decode()}
        lines.append(Proposal(event, actor, held))
    commit_all(lines)
    return id_


def _listed(file: File) -> dict[str, Any]:
    kind = rules.sniff(file.data)
    return {"kind": kind, "sha256": hashlib.sha256(file.data).hexdigest(), "size": len(file.data)}


def _name(name: str) -> str:
    """What is printable of it, without the folders that it came from."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in last if char.isprintable())[: rules.LONGEST_NAME]


def _text(text: str, needed: bool = True) -> str:
    said = text.strip()
    if (needed and not said) or len(said) > rules.LONGEST_TEXT:
        raise CallerError(
            "answer-text", "Say it in words, in 1 to {most} characters.", most=rules.LONGEST_TEXT
        )
    return said


def decide(by: UUID, explanation: UUID, decision: str, text: str = "") -> None:
    """The unit head's: a refusal says why."""
    said = _text(text, needed=decision != rules.ACCEPTED)
    commit(events.ExplanationDecided(str(explanation), decision), str(by), {"text": said})


def confirm(by: UUID, explanation: UUID, decision: str, text: str = "") -> None:
    """A supervisor's, of one in advance: a refusal says why."""
    said = _text(text, needed=decision != rules.CONFIRMED)
    commit(events.ExplanationConfirmed(str(explanation), decision), str(by), {"text": said})


def conclude(
    by: UUID, finding: str, conclusion: str, text: str, exemption: str = "", persons: Sequence[str] = ()
) -> None:
    """`persons`: whose fault it is."""
    event = events.FindingConcluded(finding, conclusion, exemption or None, list(persons))
    commit(event, str(by), {"text": _text(text)})


def refer(by: UUID, finding: str, text: str) -> None:
    commit(events.FindingReferred(finding), str(by), {"text": _text(text)})


def sanction(by: UUID, person: UUID, findings: Sequence[str], form: str, text: str, months: int = 0) -> UUID:
    id_ = new_id()
    event = events.SanctionDecided(str(id_), str(person), list(findings), form, months)
    commit(event, str(by), {"text": _text(text)})
    return id_


def appeal_finding(by: UUID, finding: str, text: str) -> UUID:
    id_ = new_id()
    commit(events.AppealFiled(str(id_), finding, None), str(by), {"text": _text(text)})
    return id_


def appeal_sanction(by: UUID, sanction: UUID, text: str) -> UUID:
    id_ = new_id()
    commit(events.AppealFiled(str(id_), None, str(sanction)), str(by), {"text": _text(text)})
    return id_


def decide_appeal(by: UUID, appeal: UUID, decision: str, text: str) -> None:
    commit(events.AppealDecided(str(appeal), decision), str(by), {"text": _text(text)})


def batch(tickets: Sequence[str], act: Callable[[str], None]) -> list[desk.Result]:
    """In one transaction under the ledger's lock, so that nobody comes between; what the rules refuse of one
    is taken back by itself, and stops none of the others.
    """
    with lock.held():
        return desk.batch(tickets, act)


def data_of(row: Attachment) -> bytes:
    """The bytes that were attached, from the entry that holds them; b"" once they have been disposed of."""
    personal = Entry.objects.values_list("personal", flat=True).get(index=row.entry)
    if personal is None:
        return b""
    held = strictjson.loads_object(bytes(personal), events.LONGEST)
    data = base64.b64decode(str(held.get("data", "")))
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise WorldError("attachment-changed", "This file is not what was attached.")
    return data
