"""What has changed since a place in the ledger. Entries get their numbers under one lock that is held to the
end of their transaction (ledger.lock): whoever sees entry n sees all before it. So the newest number read is
a cursor that misses nothing, however many commit meanwhile, and a puller needs no clock.

Entries about what the token does not cover, and of other kinds, are passed over, and the cursor with them: a
page ends after `limit` things of the token's own, or SPAN entries. The cursor is sealed for its token
(`sealed`): how many entries others made in between is nobody's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from zhilu.encoding import as_uuid
from zhilu.server.api import sealed
from zhilu.server.api.problems import Refused
from zhilu.server.evidence.models import ActLink, Outcome
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import size
from zhilu.server.organisation.services.api_tokens import Bearer

OF_ACTS = (
    "act-opened/1", "act-amended/1", "statement-filed/1", "statement-confirmed/1", "act-linked/1",
    "act-unlinked/1", "outcome-recorded/1", "outcome-withdrawn/1",
)  # fmt: skip
OF_RECORDINGS = (
    "recording-stored/1", "recording-imported/1", "recording-set-aside/1", "description-assigned/1",
)  # fmt: skip
SPAN, AT_ONCE = 20_000, 500


@dataclass
class Step:
    """`rows`: what has changed, each once, by its first change in here; `next` is the cursor after them."""

    rows: list[Any] = field(default_factory=list)
    next: str = ""
    more: bool = False


def step(
    bearer: Bearer, kinds: tuple[str, ...], visible: QuerySet[Any], cursor: str | None, limit: int
) -> Step:
    """Of `visible`, what entries after the cursor are about. The newest is read first: all up to it are there
    then.
    """
    newest, since = size() - 1, -1 if cursor is None else sealed.opened(bearer.id, cursor)
    if since > newest:
        raise Refused(422, "cursor")
    end = min(since + SPAN, newest)
    found = Entry.objects.filter(kind__in=kinds, index__gt=since, index__lte=end).order_by("index")
    entries = found.only("index", "kind", "subject").iterator(AT_ONCE)
    made, seen = Step(), set[Any]()
    while chunk := list(islice(entries, AT_ONCE)):
        for index, row in _rows(chunk, visible):
            if row.pk not in seen:
                if len(seen) == limit:
                    made.next, made.more = sealed.sealed(bearer.id, index - 1), True
                    return made
                seen.add(row.pk)
                made.rows.append(row)
    made.next, made.more = sealed.sealed(bearer.id, end), end < newest
    return made


def _rows(entries: Sequence[Entry], visible: QuerySet[Any]) -> Iterator[tuple[int, Any]]:
    """Number of an entry, and what it is about, where that is visible."""
    about = list(zip((one.index for one in entries), _subjects(entries), strict=True))
    rows = visible.in_bulk([one for _index, one in about if one])
    yield from ((index, rows[one]) for index, one in about if one in rows)


def _subjects(entries: Sequence[Entry]) -> list[UUID | None]:
    """The end of a link or an outcome is about the act that had it."""
    ends = ("act-unlinked/1", "outcome-withdrawn/1")
    ids = [one.subject for one in entries if one.kind in ends]
    links = ActLink.objects.filter(id__in=ids).values_list("id", "act")
    found = links.union(Outcome.objects.filter(id__in=ids).values_list("id", "act")) if ids else ()
    hung = {str(one): act for one, act in found}
    return [hung.get(one.subject) or as_uuid(one.subject) for one in entries]
