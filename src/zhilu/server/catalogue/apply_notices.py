"""How notices and their receipts follow from the ledger (spec/federation.md §7)."""

from __future__ import annotations

from datetime import date

from zhilu.server.catalogue import events_notices as events
from zhilu.server.catalogue import rules_notices as rules
from zhilu.server.catalogue.models import Notice, NoticeReceipt
from zhilu.server.ledger.events import Stamp, applies


@applies(events.NoticeIssued)
def apply_issued(event: events.NoticeIssued, stamp: Stamp) -> None:
    Notice.objects.create(
        id=event.notice,
        title=event.title,
        text=event.text,
        bureaus=event.bureaus,
        reply_by=date.fromisoformat(event.reply_by) if event.reply_by else None,
        by=stamp.actor,
        at=stamp.at,
        entry=stamp.index,
    )


@applies(events.NoticeReceived)
def apply_received(event: events.NoticeReceived, stamp: Stamp) -> None:
    NoticeReceipt.objects.create(
        id=f"{event.notice}/{event.person}",
        notice=event.notice,
        person=event.person,
        text=str(stamp.personal.get("text", ""))[: rules.LONGEST_ANSWER],
        at=stamp.at,
        entry=stamp.index,
    )
