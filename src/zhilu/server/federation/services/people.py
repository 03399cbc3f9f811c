"""A city takes its counties' people into its own ledger, with their ids: so posts, roles and keys that hang
on them in the county stay theirs when the county takes them over from the city (ADR 0023).
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from zhilu.errors import CallerError
from zhilu.server.federation.models import Watch
from zhilu.server.federation.services import mirror, receipts
from zhilu.server.ledger import lock
from zhilu.server.ledger.services.commit import Proposal, commit_all
from zhilu.server.organisation.events import PersonAdded
from zhilu.server.organisation.models import Person


@dataclass(frozen=True)
class Taken:
    """`left`: whose number another person of the city has; one human with two ids, or a slip."""

    count: int
    left: list[tuple[UUID, str]]


def take(county: str) -> Taken:
    """Whom the mirror of this county has and the city has not. Again: who came since."""
    is_read = Watch.objects.filter(bureau=county, stored__gt=0).exists()
    if county not in receipts.counties() or not is_read:
        raise CallerError("county-unknown", "Nothing of the ledger of {bureau} is here yet.", bureau=county)
    with mirror.of(county):
        found = list(Person.objects.order_by("entry").values_list("id", "name", "number"))
    proposals, left = [], []
    with lock.held():
        known = dict(Person.objects.values_list("id", "number"))
        numbers = set(filter(None, known.values()))
        for person, name, number in found:
            if person in known:
                continue
            if number in numbers:
                left.append((person, number))
                continue
            numbers |= {number} - {""}
            told = {"name": name, "number": number}
            proposals.append(Proposal(PersonAdded(str(person)), settings.ZHILU.bureau, told))
        commit_all(proposals)
    return Taken(len(proposals), left)
