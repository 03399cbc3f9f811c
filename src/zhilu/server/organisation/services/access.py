"""The access log: who opened which page, list or search. Added to only; each batch enters the ledger by
digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Min, QuerySet

from zhilu import strictjson
from zhilu.encoding import format_time, h
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.audit import also_own
from zhilu.server.ledger.services.commit import commit, event_of
from zhilu.server.ledger.services.reader import Finding
from zhilu.server.organisation.events import AccessLogged
from zhilu.server.organisation.models import AccessBatch, AccessListed, AccessRow, Bureau

BATCH = 10_000
CHUNK = 100
CHUNK_OF_LISTED = 400
SETTLED = timedelta(seconds=10)
LABEL = "zhilu/access/v1"
WAITING = "not in the ledger yet"


def note(
    person: UUID | None,
    action: str,
    target: str,
    success: bool,
    address: str,
    about: UUID | None = None,
    listed: Iterable[UUID] = (),
) -> None:
    """One row. `target` is a path or an id, never a name or a search text; `about`: the record that was
    opened; `listed`: those that a list showed.
    """
    with transaction.atomic():
        row = AccessRow.objects.create(
            at=now(),
            person=person,
            action=action,
            target=target[:200],
            success=success,
            address=address[:64],
            about=about,
        )
        shown = [AccessListed(row=row, about=one) for one in dict.fromkeys(listed)]
        AccessListed.objects.bulk_create(shown, CHUNK_OF_LISTED)


def enter_batch() -> int | None:
    """Put the rows since the last batch into the ledger by digest; returns how many. Which was the last, the
    ledger says.
    """
    with lock.held():
        rows = list(_settled(_covered())[:BATCH])
        bureau = Bureau.objects.first()
        if not rows or bureau is None:
            return None
        digest = digest_of(rows)
        event = AccessLogged(first=rows[0].id, last=rows[-1].id, count=len(rows), digest=digest)
        entry = commit(event, bureau.code).index
        AccessBatch.objects.create(
            first=rows[0].id, last=rows[-1].id, count=len(rows), digest=digest, entry=entry
        )
    return len(rows)


def _covered() -> int:
    """The last row that an entry covers."""
    newest = Entry.objects.filter(kind="access-logged/1").order_by("-index").first()
    return int(event_of(newest).last) if newest else 0


def _settled(after: int) -> QuerySet[AccessRow]:
    """By number, without a hole, up to the newest row that is old enough: a row may become visible after one
    with a higher number, and ten seconds later that is over. By its own time a row is not left out: who wrote
    while the clock was ahead is covered with those around him.
    """
    last = AccessRow.objects.filter(id__gt=after, at__lt=now() - SETTLED).aggregate(last=Max("id"))["last"]
    return AccessRow.objects.filter(id__gt=after, id__lte=last or 0).order_by("id")


def digest_of(rows: list[AccessRow]) -> str:
    """H("zhilu/access/v1", the rows as strict JSON arrays, each with an LF)."""
    listed: dict[int, list[str]] = {}
    if rows:
        found = AccessListed.objects.filter(row__gte=rows[0].id, row__lte=rows[-1].id).order_by("id")
        for row, about in found.values_list("row", "about").iterator(BATCH):
            listed.setdefault(row, []).append(str(about))
    return h(LABEL, b"".join(_row(row, listed.get(row.id, [])) for row in rows)).hex()


def _row(row: AccessRow, listed: list[str]) -> bytes:
    person, about = (str(one) if one else None for one in (row.person, row.about))
    said = [row.id, format_time(row.at), person, row.action, row.target, row.success, row.address]
    return strictjson.dumps([*said, about, listed]) + b"\n"


@also_own
def audit_batches() -> Iterator[Finding]:
    """For the audit: of every batch that the ledger knows the rows are still those that it covered, and no
    row has come between two batches. What is said here goes by the entries: the table of batches is nobody's
    evidence.
    """
    before = 0
    for entry in Entry.objects.filter(kind="access-logged/1").order_by("index").iterator(CHUNK):
        said = event_of(entry)
        rows = list(AccessRow.objects.filter(id__gt=before, id__lte=said.last).order_by("id")[: BATCH + 1])
        yield from _compared(entry, said, rows)
        before = said.last


def waiting() -> Finding | None:
    """Rows at the end that no entry covers yet: for a line, no defect."""
    left = AccessRow.objects.filter(id__gt=_covered()).aggregate(first=Min("id"), last=Max("id"))
    return Finding(_place(left["first"], left["last"]), WAITING, True) if left["last"] else None


def _compared(entry: Entry, said: AccessLogged, rows: list[AccessRow]) -> Iterator[Finding]:
    """A batch that left out what was dated after it is whole without that; then those rows are nobody's."""
    if (len(rows), digest_of(rows)) == (said.count, said.digest):
        return
    early = [row for row in rows if row.at < entry.at - SETTLED]
    if (len(early), digest_of(early)) == (said.count, said.digest):
        late = (row.id for row in rows if row.at >= entry.at - SETTLED)
        yield from (Finding(_place(one, one), "uncovered", is_of_log=True) for one in late)
        return
    yield Finding(_place(said.first, said.last), "digest", is_of_log=True)


def _place(first: int, last: int) -> str:
    return f"access log {first} to {last}"
