"""Handing on a role for a period (代批): the holder does it for himself, or a security administrator for him.

Who receives it has it from its beginning to its end, with the scope of the giver's own grant, and only while
the giver holds that grant (spec/registers.md §1).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from zhilu.encoding import format_time
from zhilu.errors import CallerError, DataError
from zhilu.server.ledger.clock import new_id, now
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import DelegationEnded, DelegationGiven
from zhilu.server.organisation.models import Delegation
from zhilu.server.organisation.services.rights import Rights

MANAGES = "security-administrator"


def give(by: Rights, giver: UUID, receiver: UUID, role: str, since: datetime, until: datetime) -> UUID:
    _check_may(by, giver)
    delegation = new_id()
    period = format_time(since), format_time(until)
    commit(DelegationGiven(str(delegation), str(giver), str(receiver), role, *period), str(by.person))
    return delegation


def end(by: Rights, delegation: UUID) -> None:
    """Before its time."""
    row = Delegation.objects.filter(id=delegation).first()
    if row is None or not may_end(by, row):
        raise DataError("delegation-unknown", "There is no such delegation, or it has ended.")
    commit(DelegationEnded(str(delegation)), str(by.person))


def may_end(by: Rights, row: Delegation) -> bool:
    """Who gave it, or a security administrator."""
    return by.person == row.giver or MANAGES in by.roles


def visible(by: Rights) -> QuerySet[Delegation]:
    """The newest first: one's own in both directions; a security administrator sees all."""
    own = Q() if MANAGES in by.roles else Q(giver=by.person) | Q(receiver=by.person)
    return Delegation.objects.filter(own).order_by("-since", "-entry")


def live(at: datetime | None = None) -> QuerySet[Delegation]:
    """Those that count now, or will."""
    return Delegation.objects.filter(ended_at=None, until__gt=at or now())


def _check_may(by: Rights, giver: UUID) -> None:
    if by.person != giver and MANAGES not in by.roles:
        raise CallerError("delegation-other", "You hand on your own roles only.")
