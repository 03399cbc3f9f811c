"""Events about notices of the city to its counties (spec/federation.md §7)."""

from __future__ import annotations

from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import Date, Id, JsonList, Text


@event("notice-issued/1", subject="notice", by=("leader", "legal-editor"))
class NoticeIssued:
    """`bureaus`: codes of the counties that it is meant for, null for all."""

    notice: Id
    title: Text
    text: str
    bureaus: JsonList | None
    reply_by: Date | None


@event("notice-received/1", subject="notice", by=("leader", "unit-head"))
class NoticeReceived:
    """Somebody who leads a county, or a unit of it, confirms. Personal: text."""

    notice: Id
    person: Id
