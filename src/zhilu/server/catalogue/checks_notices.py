"""Who may issue a notice, and who confirm it: asked at `commit` and in no replay, for it goes by this
server's own tier and bureau (spec/federation.md §7).
"""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings

from zhilu.errors import CallerError, DataError
from zhilu.server.catalogue import events_notices as events
from zhilu.server.catalogue import rules_notices as rules
from zhilu.server.catalogue.models import Notice, NoticeReceipt
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, checks

AGAIN = timedelta(days=1)
"""The same may be said again after it; before, it is a form that was sent twice."""


@checks(events.NoticeIssued)
def check_issued(event: events.NoticeIssued, stamp: Stamp) -> None:
    if settings.ZHILU.tier != "city":
        raise CallerError("notice-tier", "Notices are issued by the city bureau.")
    rules.check_said(event.title, event.text, event.bureaus)
    rules.check_day(date.fromisoformat(event.reply_by) if event.reply_by else None, day_of(stamp.at))
    newest = Notice.objects.filter(at__gt=stamp.at - AGAIN).order_by("-entry").first()
    if Notice.objects.filter(id=event.notice).exists() or (newest and _said(newest) == _said(event)):
        raise DataError("notice-known", "This notice has been issued already.")


def _said(one: Notice | events.NoticeIssued) -> tuple[object, ...]:
    return one.title, one.text, one.bureaus, str(one.reply_by or "")


@checks(events.NoticeReceived)
def check_received(event: events.NoticeReceived, stamp: Stamp) -> None:
    own = settings.ZHILU
    if event.person != stamp.actor:
        raise CallerError("not-own", "Only the person in question can do this.")
    notice = Notice.objects.filter(id=event.notice).first()
    if notice is None or own.tier == "city" or not rules.is_for(own.bureau, notice.bureaus):
        raise DataError("notice-unknown", "There is no such notice for this bureau.")
    if NoticeReceipt.objects.filter(notice=event.notice, person=event.person).exists():
        raise DataError("notice-received", "You have confirmed this notice already.")
