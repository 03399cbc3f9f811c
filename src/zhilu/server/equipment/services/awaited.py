"""Handovers that a recorder says it took and that nobody sent (spec/intake.md §2). A station that keeps one
to itself has what it collected, and the county does not know who confirmed what there.

A line does not say at which station it was docked, so the alarm is about the recorder.
"""

from __future__ import annotations

from datetime import timedelta

from zhilu.encoding import hex32
from zhilu.errors import DataError
from zhilu.server.equipment.models import Awaited, Handover, LogbookLine
from zhilu.server.equipment.services import logbooks
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.ledger.clock import now

PATIENCE = timedelta(hours=1)


def note(recorder: str, watched: int) -> None:
    """The `docked` lines after line `watched`."""
    lines = LogbookLine.objects.filter(recorder=recorder, type="docked", n__gt=watched)
    named = {digest for line in lines if (digest := _digest(line))}
    if named:
        named -= set(Handover.objects.filter(digest__in=named).values_list("digest", flat=True))
    if not named:
        return
    at = now()
    rows = [Awaited(digest=one, recorder=recorder, since=at) for one in sorted(named)]
    Awaited.objects.bulk_create(rows, ignore_conflicts=True)


def look() -> None:
    """Those that came are not awaited; those that did not within the hour are an alarm, once."""
    for row in list(Awaited.objects.filter(since__lte=now() - PATIENCE).order_by("since")[:100]):
        if not Handover.objects.filter(digest=row.digest).exists():
            raise_alarm("handover-withheld", row.recorder)
        row.delete()


def _digest(line: LogbookLine) -> str:
    said = logbooks.payload_of(line).get("handover")
    try:
        return hex32(said).hex() if isinstance(said, str) else ""
    except DataError:
        return ""
