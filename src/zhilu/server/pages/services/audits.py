"""Who did what with a record, and what a person did and others did on what is his: from the access log and
from the ledger, the newest first.

Two sources, merged by time: entries of the ledger; of the access log the lists that showed a record, the
pages and the files about it.
Each trace says its proof: its own entry, or the entry that covers the access log's row; what no entry covers
yet is a minute old.

- Of a recording: pages and files about it, lists that showed it, entries about it and about viewings of it.
- Of an act: the same, and what happened to the recordings that it names by viewings.
- A person's own deeds: rows and entries that he made, viewings that he asked for or decided.
- Others' deeds on his: rows about him, his recordings and his acts; entries about him; viewings of his
  recordings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from zhilu.server.evidence import search
from zhilu.server.evidence.models import (
    ActOfficer,
    ActSpan,
    Recording,
    Viewing,
    ViewingDecision,
    ViewingSpan,
)
from zhilu.server.ledger.clock import midnight
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.models import AccessBatch, AccessListed, AccessRow
from zhilu.server.pages.services import cursors
from zhilu.server.pages.services.steps import belongings

SIZE = 50
MOST_SUBJECTS = 5_000
EARLIER = timedelta(days=31)
"""A viewing of before the days asked for may be used within them."""
ENTRIES, ROWS = 0, 1
RANKS = {Entry: ENTRIES, AccessRow: ROWS}


@dataclass(frozen=True)
class Days:
    """`first` to `last`, both in it."""

    first: date
    last: date

    @property
    def ends(self) -> tuple[datetime, datetime]:
        return midnight(self.first), midnight(self.last + timedelta(days=1))


@dataclass(frozen=True)
class Asked:
    """What lies within the days. `rows`: each by one index; a row may be in several. `listed`: of what
    lists showed, what counts here.
    """

    entries: QuerySet[Entry]
    rows: tuple[QuerySet[AccessRow], ...]
    listed: Q


Trace = Entry | AccessRow


def of_recording(recording: UUID, days: Days) -> Asked:
    viewings = ViewingSpan.objects.filter(recording=recording).values_list("viewing", flat=True)
    subjects = [recording, *viewings[:MOST_SUBJECTS]]
    return Asked(_entries(_about(subjects), days), _seen(recording, days), Q(about=recording))


def of_act(act: UUID, days: Days) -> Asked:
    recordings = ActSpan.objects.filter(act=act).values("recording")
    viewings = ViewingSpan.objects.filter(recording__in=recordings).values_list("viewing", flat=True)
    subjects = [act, *belongings([act]).union(viewings)[:MOST_SUBJECTS]]
    return Asked(_entries(_about(subjects), days), _seen(act, days), Q(about=act))


def by_person(person: UUID, days: Days) -> Asked:
    first, last = days.ends
    asked = Viewing.objects.filter(viewer=person, asked_at__gte=first - EARLIER, asked_at__lt=last)
    decided = ViewingDecision.objects.filter(approver=person, at__gte=first, at__lt=last)
    viewings = [*asked.values_list("id", flat=True)[:MOST_SUBJECTS]]
    # Of what he decided, the decision is his, not the rest.
    mine = Q(actor=str(person)) | (_about(viewings) & ~Q(kind="viewing-decided/1"))
    mine |= Q(index__in=[*decided.values_list("id", flat=True)[:MOST_SUBJECTS]])
    return Asked(_entries(mine, days), (_rows(Q(person=person), days),), Q())


def on_person(person: UUID, days: Days) -> Asked:
    """Without what he did himself."""
    first, last = days.ends
    own = Recording.objects.filter(officer=person).values("id")
    acts = ActOfficer.objects.filter(officer=person).values("act")
    spans = ViewingSpan.objects.filter(
        recording__in=own, viewing__asked_at__gte=first - EARLIER, viewing__asked_at__lt=last
    )
    viewings = spans.exclude(viewing__viewer=person).values_list("viewing", flat=True).distinct()
    about = _about([person, *viewings[:MOST_SUBJECTS]]) & ~Q(actor=str(person))
    his = Q(about__in=own) | Q(about__in=acts)
    listed = AccessListed.objects.filter(his, row=OuterRef("pk"))
    which = Q(about=person), Q(about__in=own), Q(about__in=acts), Q(Exists(listed))
    rows = tuple(_rows(one, days).exclude(person=person) for one in which)
    return Asked(_entries(about, days), rows, his)


def _about(subjects: Iterable[UUID]) -> Q:
    return Q(subject__in=[str(one) for one in subjects])


def _seen(record: UUID, days: Days) -> tuple[QuerySet[AccessRow], ...]:
    """Pages and files about it; lists that showed it."""
    listed = AccessListed.objects.filter(about=record).values("row")
    return _rows(Q(about=record), days), _rows(Q(pk__in=listed), days)


def _entries(which: Q, days: Days) -> QuerySet[Entry]:
    first, last = days.ends
    return Entry.objects.filter(which, at__gte=first, at__lt=last)


def _rows(which: Q, days: Days) -> QuerySet[AccessRow]:
    first, last = days.ends
    return AccessRow.objects.filter(which, at__gte=first, at__lt=last)


@dataclass(frozen=True)
class Cut:
    """A page of traces; `older`: cursor of the next one."""

    traces: list[Trace]
    older: str | None


def page(asked: Asked, cursor: str, size: int = SIZE) -> Cut:
    place = cursors.read(cursor, cursors.number, cursors.number)
    entries = _after(asked.entries, place, ENTRIES).order_by("-at", "-pk")[: size + 1]
    read: list[Trace] = [*entries, *_newest([_after(rows, place, ROWS) for rows in asked.rows], size + 1)]
    found = sorted(read, key=_key, reverse=True)
    older = _spell(found[size - 1]) if len(found) > size else None
    return Cut(found[:size], older)


def _newest(sources: Sequence[QuerySet[AccessRow]], size: int) -> QuerySet[AccessRow]:
    """Of all of them together, each once; in one question, in which each is looked for by its own index."""
    which = Q()
    for source in sources:
        which |= Q(search.Among(F("pk"), Subquery(source.order_by("-at", "-pk").values("pk")[:size])))
    covering = AccessBatch.objects.filter(last__gte=OuterRef("pk")).order_by("last").values("entry")[:1]
    leaf = Entry.objects.filter(index=OuterRef("covered")).values("leaf")[:1]
    found = AccessRow.objects.filter(which).annotate(covered=Subquery(covering))
    return found.annotate(leaf=Subquery(leaf)).order_by("-at", "-pk")[:size]


Key = tuple[datetime, int, int]


def _key(trace: Trace) -> Key:
    return trace.at, RANKS[type(trace)], trace.pk


def _after(found: QuerySet[Any], place: Any, rank: int) -> QuerySet[Any]:
    if place is None:
        return found
    at, last_rank, number = place
    if rank < last_rank:
        return found.filter(at__lte=at)
    if rank > last_rank:
        return found.filter(at__lt=at)
    return found.filter(Q(at__lt=at) | Q(at=at, pk__lt=number))


def _spell(trace: Trace) -> str:
    return cursors.spell(*_key(trace))
