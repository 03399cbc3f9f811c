"""From which recordings is drawn, by whose cosignature, and whether a draw is what was announced
(spec/review.md §2). All of it reads the ledger at hand; what only its own server knows is said so.

A list may have two hundred thousand recordings. Whoever announces or makes a draw reads it before he takes
the ledger's lock (`known_list`, `known_result`); the rules, inside, look only at what has come since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from zhilu.encoding import as_uuid
from zhilu.errors import ZhiluError
from zhilu.sealed import draws
from zhilu.server.evidence.models import ActSpan, Recording
from zhilu.server.federation.models import Cosigned, Joined
from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.server.organisation.models import Bureau, Peer
from zhilu.server.oversight.models import Draw, Drawn, Finding
from zhilu.tlog.cosign import CosignatureVerifier, timestamp
from zhilu.tlog.note import Note, NoteError

CITY = "city"
MOST_SINCE = 500
"""Entries that are looked at; after more of them the list is read again."""


def population(
    departments: Collection[str] | None, since: datetime, until: datetime, before: int
) -> list[str]:
    """Ids of the recordings that began in the period, no drills and no imports, of what these departments
    collected, that entries before `before` stored and no random draw before it drew. Unordered.
    """
    return list(map(str, _population(departments, since, until, before).values_list("id", flat=True)))


@dataclass(frozen=True)
class Listed:
    """A population as it was before entry `before`: how many, and the hash of their list."""

    departments: Sequence[str] | None
    since: datetime
    until: datetime
    before: int
    count: int
    hash: str


_list: ContextVar[Listed | None] = ContextVar("list of a draw", default=None)


def read(departments: Sequence[str] | None, since: datetime, until: datetime, before: int) -> Listed:
    ids = population(departments, since, until, before)
    return Listed(departments, since, until, before, len(ids), draws.list_hash(ids).hex())


def as_of(departments: Sequence[str] | None, since: datetime, until: datetime, before: int) -> Listed:
    """The list that is known already, where nothing of it has changed since; or else it is read."""
    known = _list.get()
    is_it = known is not None and (known.departments, known.since, known.until) == (departments, since, until)
    if known is None or not is_it or known.before > before or _has_changed(known, before):
        return read(departments, since, until, before)
    return known


def _has_changed(known: Listed, before: int) -> bool:
    """The entries since say which recordings may be new: the table of those knows no order of entries."""
    since = Entry.objects.filter(index__gte=known.before, index__lt=before)
    subjects = list(since.values_list("subject", flat=True)[: MOST_SINCE + 1])
    if len(subjects) > MOST_SINCE:
        return True
    stored = _population(known.departments, known.since, known.until, before).filter(entry__gte=known.before)
    named = stored.filter(id__in=[one for one in map(as_uuid, subjects) if one])
    drawn = Draw.objects.filter(kind="random", made_entry__gte=known.before, made_entry__lt=before)
    return named.exists() or drawn.exists()


@contextmanager
def known_list(known: Listed) -> Iterator[None]:
    """For the rules of what is entered meanwhile, of this ledger."""
    token = _list.set(known)
    try:
        yield
    finally:
        _list.reset(token)


def _population(
    departments: Collection[str] | None, since: datetime, until: datetime, before: int
) -> QuerySet[Recording]:
    drawn = Drawn.objects.filter(draw__kind="random", entry__lt=before).values("recording")
    found = Recording.objects.filter(opened_at__gte=since, opened_at__lt=until, drill=False, entry__lt=before)
    found = found.exclude(origin="import").exclude(id__in=drawn)
    return found if departments is None else found.filter(department__in=departments)


def count(departments: Collection[str] | None, since: datetime, until: datetime, before: int) -> int:
    return _population(departments, since, until, before).count()


def meeting(
    criterion: str, value: str, since: datetime, until: datetime, among: QuerySet[Recording]
) -> QuerySet[Recording]:
    """Those of a targeted draw: in the period, no drill, no import, and what the criterion says."""
    found = among.filter(opened_at__gte=since, opened_at__lt=until, drill=False).exclude(origin="import")
    if criterion == "officer":
        return found.filter(officer=value)
    if criterion in ("procedure", "class"):
        name = "procedure" if criterion == "procedure" else "class_code"
        return found.filter(id__in=ActSpan.objects.filter(**{name: value}).values("recording"))
    about: QuerySet[Any] = Finding.objects.filter(rule=value)
    acts = _ids(about.filter(subject_kind="act"))
    own = _ids(about.filter(subject_kind="recording"))
    return found.filter(Q(id__in=own) | Q(id__in=ActSpan.objects.filter(act__in=acts).values("recording")))


def _ids(found: QuerySet[Any]) -> list[UUID]:
    return [one for one in map(as_uuid, found.values_list("subject", flat=True)) if one]


# Cosigners


def cosigners() -> list[str]:
    """Whose cosignature may make a seed, the first being the one that is taken: a county's city; at a city a
    county of its own; where there is no neighbour, the bureau's own keyholder.
    """
    city = [one.cosigner for one in Joined.objects.filter(tier=CITY)]
    counties = [one.cosigner for one in Joined.objects.exclude(tier=CITY).order_by("bureau")]
    own = Peer.objects.filter(role="keyholder").order_by("entry").values_list("cosigner", flat=True)
    return city or counties or list(own)


def first_note(draw: Draw) -> bytes | None:
    """Of the own ledger: the checkpoint with the first cosignature after the announced time that covers the
    announcement, as a note with this cosignature alone; None before there is one.
    """
    verifier = CosignatureVerifier.from_vkey(draw.cosigner)
    found: list[tuple[int, int, bytes]] = []
    assert draw.after is not None
    for size, note in _cosigned(draw, verifier):
        time = timestamp(note.signatures[0].data)
        if time > int(draw.after.timestamp()):
            found.append((time, size, note.format()))
    return min(found)[2] if found else None


def kept_of(draw: Draw) -> tuple[Any, ...]:
    """Another one as soon as there is a cosignature more that `first_note` would look at."""
    published = Checkpoint.objects.filter(size__gt=draw.entry).aggregate(Count("size"), Max("cosigned_at"))
    given = Cosigned.objects.filter(size__gt=draw.entry).aggregate(Count("id"))
    return (*published.values(), *given.values())


def _cosigned(draw: Draw, verifier: CosignatureVerifier) -> Iterable[tuple[int, Note]]:
    """Every cosignature of this key that is kept here, over a tree with the announcement in it."""
    published = dict(Checkpoint.objects.filter(size__gt=draw.entry).values_list("size", "note"))
    lines = Cosigned.objects.filter(size__gt=draw.entry).values_list("size", "line")
    for size, line in lines:
        if size in published:
            text = Note.parse(bytes(published[size])).text
            yield from _of_key(size, Note.parse((text + "\n" + line).encode()), verifier)
    for size, data in published.items():
        yield from _of_key(size, Note.parse(bytes(data)), verifier)


def _of_key(size: int, note: Note, verifier: CosignatureVerifier) -> Iterable[tuple[int, Note]]:
    for one in note.signatures:
        if one.key != (verifier.name, verifier.key_id):
            continue
        try:
            verifier.verify(note.text, one.data)
        except NoteError:
            continue
        yield size, Note(note.text, (one,))


# Whether it is so


def announced(draw: Draw) -> draws.Announced:
    bureau = Bureau.objects.order_by("entry").first()
    assert draw.after is not None
    return draws.Announced(
        index=draw.entry,
        origin=f"{bureau.code}.{bureau.domain}/ledger" if bureau else "",
        list_hash=bytes.fromhex(draw.list_hash),
        population=draw.population,
        count=draw.count,
        percent=draw.percent,
        second=draw.second,
        after=int(draw.after.timestamp()),
        cosigner=draw.cosigner,
    )


def listed(draw: Draw) -> list[str]:
    """The list as the ledger gives it again."""
    return population(draw.departments, draw.since, draw.until, draw.entry)


def result(draw: Draw, note: bytes, ids: Sequence[str] | None = None) -> draws.Result:
    """`ids`: the list, where it has been read."""
    return draws.draw(announced(draw), listed(draw) if ids is None else ids, note)


_result: ContextVar[tuple[Any, bytes, draws.Result] | None] = ContextVar("result of a draw", default=None)


@contextmanager
def known_result(draw: Draw, note: bytes, found: draws.Result) -> Iterator[None]:
    """For the rules of what is entered meanwhile: what a list of entries gone by gives changes no more."""
    token = _result.set((draw.id, note, found))
    try:
        yield
    finally:
        _result.reset(token)


def defect(draw: Draw, note: str, seed: str, chosen: Sequence[str], ids: Sequence[str] | None = None) -> str:
    """Why this is not what the announced draw gives; "" where it is."""
    known = _result.get()
    try:
        if ids is None and known is not None and known[:2] == (draw.id, note.encode()):
            wanted = known[2]
        else:
            wanted = result(draw, note.encode(), ids)
    except ZhiluError as error:
        return error.code
    if wanted.seed.hex() != seed:
        return "draw-seed"
    return "" if list(wanted.chosen) == list(chosen) else "draw-chosen"
