"""Who of the neighbours reads here, in the access log: a row for each of them, each thing and each day.

Not one for each request: the entry that covers a row of the log is itself read by the neighbour, and would
make the next row, for ever. Whoever follows a ledger reads all of it anyway.
"""

from __future__ import annotations

from datetime import date

from zhilu.server.federation.models import Joined
from zhilu.server.ledger.clock import midnight, today
from zhilu.server.organisation.models import AccessRow
from zhilu.server.organisation.services import access

ACTION = "neighbour"
_told: dict[tuple[str, str], date] = {}
"""What the log has of today, so that it is looked up once a day and process."""


def note(kid: str, what: str, address: str) -> None:
    """`what`: the last part of the path."""
    day = today()
    if _told.get((kid, what)) == day:
        return
    target = f"{Joined.objects.get(kid=kid).bureau} /federation/1/{what}"
    rows = AccessRow.objects.filter(at__gte=midnight(day), action=ACTION, target=target)
    if not rows.exists():
        access.note(None, ACTION, target, True, address)
    _told[kid, what] = day
