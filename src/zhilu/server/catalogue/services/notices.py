"""Notices of the city, and who has confirmed them in the ledger at hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber

from zhilu.server.catalogue import rules_notices
from zhilu.server.catalogue.events_notices import NoticeIssued, NoticeReceived
from zhilu.server.catalogue.models import Notice, NoticeReceipt
from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.services.commit import commit

MOST_SHOWN = 20
"""Receipts of one notice in one county."""


def listed(rows: QuerySet[Notice] | None = None) -> list[Notice]:
    """At a city all, at a county those meant for it; the newest first. Of `rows`, or of all."""
    own = settings.ZHILU
    rows = (Notice.objects.all() if rows is None else rows).order_by("-at", "-entry")
    return [one for one in rows if own.tier == "city" or rules_notices.is_for(own.bureau, one.bureaus)]


def receipts(notices: Collection[UUID]) -> dict[UUID, list[NoticeReceipt]]:
    """Of these, in the ledger at hand, the first of each before the later: so many that a page can show."""
    found: dict[UUID, list[NoticeReceipt]] = {}
    place = Window(RowNumber(), partition_by="notice", order_by="entry")
    rows = NoticeReceipt.objects.filter(notice__in=notices).annotate(place=place)
    for one in rows.filter(place__lte=MOST_SHOWN).order_by("entry"):
        found.setdefault(one.notice, []).append(one)
    return found


def unconfirmed() -> list[Notice]:
    """Meant for this county, and nobody has confirmed. A city waits for its counties' word, not its own."""
    if settings.ZHILU.tier == "city":
        return []
    known = NoticeReceipt.objects.values("notice")
    return listed(Notice.objects.exclude(id__in=known).defer("text"))


def issue(by: UUID, title: str, text: str, bureaus: Sequence[str] | None, reply_by: date | None) -> UUID:
    """`bureaus` None: all counties."""
    notice = new_id()
    until = reply_by.isoformat() if reply_by else None
    wanted = None if bureaus is None else sorted(bureaus)
    commit(NoticeIssued(str(notice), title.strip(), text, wanted, until), str(by))
    return notice


def confirm(person: UUID, notice: UUID, text: str = "") -> None:
    personal = {"text": text.strip()[: rules_notices.LONGEST_ANSWER]} if text.strip() else None
    commit(NoticeReceived(str(notice), str(person)), str(person), personal)
