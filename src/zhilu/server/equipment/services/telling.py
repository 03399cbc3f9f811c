"""What came of a recorder, entered into the ledger so that others can count (spec/absence.md §1).

Lines: from the first that was not told yet to the last that is held, an entry of so many at most. A table of
the ledger says how far they are told, so a crash between two entries leaves a shorter way to go; two requests
at once enter each line once.
"""

from __future__ import annotations

from django.conf import settings

from zhilu.encoding import format_time, parse_time
from zhilu.errors import DataError
from zhilu.protocols.docking_handover import Handover as Said
from zhilu.server.equipment.events_logbooks import HandoverHeld, LogbookHeld
from zhilu.server.equipment.models import HeldLogbook, LogbookLine
from zhilu.server.equipment.rules_logbooks import MOST_LINES, MOST_LISTED, told
from zhilu.server.equipment.services.logbooks import payload_of
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all


def tell(recorder: str, held: int) -> None:
    """All lines up to number `held`."""
    known = HeldLogbook.objects.filter(recorder=recorder).values_list("last", flat=True).first()
    first = 0 if known is None else known + 1
    while first <= held:
        event = _event(recorder, first, held)
        try:
            commit(event, settings.ZHILU.bureau)
        except DataError as error:
            if error.code != "logbook-told":
                raise
            return  # another request is telling the same
        first = event.last + 1


def _event(recorder: str, first: int, held: int) -> LogbookHeld:
    last = min(held, first + MOST_LINES - 1)
    rows = LogbookLine.objects.filter(recorder=recorder, n__gte=first, n__lte=last).order_by("n")
    lines = list(rows)
    said = [one for one in (told(payload_of(line)) for line in lines) if one]
    return LogbookHeld(recorder, first, lines[-1].n, bytes(lines[-1].line).decode("ascii"), said)


def tell_handover(digest: str, said: Said, check: str) -> None:
    """Inside the transaction that holds it."""
    ids = [str(one["id"]) for one in said.recordings]
    parts = [ids[start : start + MOST_LISTED] for start in range(0, len(ids), MOST_LISTED)] or [[]]
    events = [
        HandoverHeld(
            handover=digest,
            recorder=said.recorder,
            station=said.station,
            bay=said.bay,
            officer=said.officer,
            officer_check=check,
            at=format_time(parse_time(said.station_at)),
            n=said.n,
            offset_us=said.clock_offset_us,
            part=part,
            recordings=listed,
        )
        for part, listed in enumerate(parts)
    ]
    try:
        commit_all([Proposal(one, settings.ZHILU.bureau) for one in events])
    except DataError as error:
        if error.code != "handover-known":  # a restored ledger may know it, where the rows beside it are gone
            raise
