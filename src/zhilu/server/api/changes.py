"""What has changed since a ledger entry. Entries get their numbers under one lock that is held to the end of
their transaction (ledger.lock): whoever sees entry n sees all before it. So the newest number read is a
cursor that misses nothing, however many commit meanwhile, and a puller needs no clock.

Entries of foreign departments and other kinds are passed over, and the cursor with them, SPAN entries a call:
a page may be empty while there is more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from zhilu.encoding import as_uuid
from zhilu.server.api.problems import Refused
from zhilu.server.evidence.models import ActLink, Outcome
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import size

OF_ACTS = (
    "act-opened/1", "act-amended/1", "statement-filed/1", "statement-confirmed/1", "act-linked/1",
    "act-unlinked/1", "outcome-recorded/1", "outcome-withdrawn/1",
)  # fmt: skip
OF_RECORDINGS = (
    "recording-stored/1", "recording-imported/1", "recording-set-aside/1", "description-assigned/1",
)  # fmt: skip
SPAN = 20_000


@dataclass(frozen=True)
class Step:
    """`entries` from the cursor on; `next` is the cursor after them."""

    entries: Sequence[Entry]
    next: int
    more: bool

    def acts(self) -> list[UUID]:
        """Each once, by its first change in here."""
        ends = ("act-unlinked/1", "outcome-withdrawn/1")
        ids = [one.subject for one in self.entries if one.kind in ends]
        links = ActLink.objects.filter(id__in=ids).values_list("id", "act")
        found = links.union(Outcome.objects.filter(id__in=ids).values_list("id", "act")) if ids else ()
        hung = {str(one): act for one, act in found}
        subjects = (hung.get(one.subject) or as_uuid(one.subject) for one in self.entries)
        return list(dict.fromkeys(one for one in subjects if one))


def step(kinds: tuple[str, ...], since: int, limit: int) -> Step:
    """Entries after number `since`. The newest is read first: all up to it are there then."""
    newest = size() - 1
    if since > newest:
        raise Refused(422, "cursor")
    end = min(since + SPAN, newest)
    found = Entry.objects.filter(kind__in=kinds, index__gt=since, index__lte=end).order_by("index")
    entries = list(found.only("index", "kind", "subject")[:limit])
    if len(entries) == limit:
        end = entries[-1].index
    return Step(entries, end, end < newest)
