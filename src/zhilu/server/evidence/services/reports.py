"""Reports on urgent viewings that are overdue (spec/viewing.md §4): one alarm about each, and no second.

Looked for where the keyholder asks for the newest checkpoint, which it does every few seconds: whoever could
watch, asks. The alarm is ended by hand; the report itself stays owed until it is there.
"""

from __future__ import annotations

import time
from datetime import timedelta

from django.db.models import QuerySet

from zhilu.protocols.viewing_after import REPORT_DUE
from zhilu.server.equipment.models import Alarm
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.evidence.models import Viewing
from zhilu.server.ledger.clock import now

CODE = "report-overdue"
EVERY = timedelta(minutes=5)
MOST = 100
_looked = float("-inf")


def owed() -> QuerySet[Viewing]:
    """Urgent viewings that were approved, and on which nobody has reported."""
    return Viewing.objects.filter(kind="urgent", approved=True, reported=None)


def look_now_and_then() -> None:
    global _looked
    if time.monotonic() - _looked >= EVERY.total_seconds():
        _looked = time.monotonic()
        look()


def look() -> None:
    ids = owed().filter(requested__lte=now() - REPORT_DUE).order_by("requested").values_list("id", flat=True)
    known = set(Alarm.objects.filter(code=CODE).values_list("about", flat=True))
    for id_ in [str(one) for one in ids if str(one) not in known][:MOST]:
        raise_alarm(CODE, id_)
