"""The review of all grants, once in every half year (spec/registers.md §1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from zhilu.errors import CallerError
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import day_of, new_id
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation import rules
from zhilu.server.organisation.events import RightsReviewed
from zhilu.server.organisation.models import Bureau, Review, Role
from zhilu.server.organisation.services import grants

OPEN = timedelta(days=30)
KEEP, WITHDRAW = "keep", "withdraw"


@dataclass(frozen=True)
class State:
    """`until`: the day before which the next one is done; `is_open`: it is at most 30 days away."""

    last: datetime | None
    until: date
    is_open: bool
    is_late: bool
    grants: int


def state(at: datetime) -> State:
    last = Review.objects.order_by("-at").values_list("at", flat=True).first()
    until = rules.review_due(day_of(last), True) if last else rules.review_due(_founded(at), False)
    today = day_of(at)
    count = Role.objects.filter(ended_at=None).count()
    return State(last, until, today >= until - OPEN, today >= until, count)


def _founded(at: datetime) -> date:
    """A bureau's first review is due at the end of the half year in which it was founded."""
    entries = Entry.objects.filter(index__in=Bureau.objects.values("entry"))
    begun = entries.values_list("at", flat=True).first()
    return day_of(begun or at)


def finish(seen: Mapping[int, str], reason: str, actor: UUID) -> tuple[int, int]:
    """`seen`: grant → keep or withdraw, of every grant of others; returns how many were kept and withdrawn.
    All or nothing: a grant that was given or ended meanwhile is to be looked at first.
    """
    with lock.held():
        own = [one.id for one in grants.in_force() if one.person == actor]
        if set(own) & set(seen):
            raise CallerError("review-self", "Nobody reviews grants of his own.")
        found = [one for one in grants.in_force() if one.person != actor]
        if {one.id for one in found} != set(seen) or not set(seen.values()) <= {KEEP, WITHDRAW}:
            raise CallerError(
                "review-changed", "Grants were given or ended meanwhile: look at the list again."
            )
        gone = [one for one in found if seen[one.id] == WITHDRAW]
        for one in gone:
            grants.withdraw(one.person, one.role, reason, actor)
        kept = grants.in_force()
        commit(RightsReviewed(str(new_id()), len(kept), digest_of(kept), len(gone)), str(actor))
    return len(found) - len(gone), len(gone)


def digest_of(found: Sequence[Role]) -> str:
    return rules.grants_digest((str(one.person), one.role, one.scope) for one in found)
