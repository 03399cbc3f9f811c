"""`commit`: the one way in (spec/ledger.md §4).

1. payloads, salts, digests; then take the ledger's lock: a transaction
2. may the actor enter this kind; the rules, against the tables as they are
3. the next index and the time; leaf and payloads are written
4. the event is applied to the tables
5. the transaction ends: entry and rows are durable together, or neither is

A crash before 5 leaves nothing; after 5 the background pass finds the leaf, whoever was to wake it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import transaction

from zhilu import strictjson
from zhilu.encoding import format_time
from zhilu.server.ledger import lock, shapes
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.events import Kind, Stamp, kind_of, longest, read
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services import actors, payloads, wake
from zhilu.tlog.proof import make_leaf

BATCH = 500


@dataclass(frozen=True)
class Committed:
    """The entry's number in the ledger, and its leaf."""

    index: int
    leaf: bytes


@dataclass(frozen=True)
class Proposal:
    """An event on its way in: who says it, and its disposable text."""

    event: Any
    actor: str
    personal: dict[str, Any] | None = None


def commit(event: Any, actor: str, personal: dict[str, Any] | None = None) -> Committed:
    """Add one event; raises what its rules raise, and then nothing has changed."""
    return commit_all([Proposal(event, actor, personal)])[0]


def commit_all(proposals: Sequence[Proposal]) -> list[Committed]:
    """Add events in this order, all or none."""
    return commit_prepared(prepare(proposals))


def prepare(proposals: Iterable[Proposal]) -> list[Prepared]:
    """Step 1, for who has to do more in the same transaction: on SQLite it holds the lock from its begin."""
    return [Prepared.of(one, shapes.to_core(one.event)) for one in proposals]


def commit_prepared(prepared: Sequence[Prepared]) -> list[Committed]:
    """The other steps, once."""
    return _write(prepared)


def commit_posted(kind: str, core: dict[str, Any], actor: str, personal: dict[str, Any] | None) -> Committed:
    """Add an event that another program made; its core is stored with every field it has, known here or
    not.
    """
    return _write([Prepared.of(Proposal(read(kind, core), actor, personal), core)])[0]


def _write(prepared: Sequence[Prepared]) -> list[Committed]:
    with lock.held():
        writer = _Writer()
        for kind, run in groupby(prepared, key=lambda one: one.kind):
            writer.add(kind, list(run))
        writer.flush()
        transaction.on_commit(wake.ring)
    return writer.done


@dataclass(frozen=True)
class Prepared:
    """A proposal with its payloads."""

    kind: Kind
    proposal: Proposal
    core: payloads.Payload
    personal: payloads.Payload | None

    @classmethod
    def of(cls, one: Proposal, core: dict[str, Any]) -> Prepared:
        kind = kind_of(one.event)
        payloads.check_seen(one.actor, core, one.personal)
        personal = None if one.personal is None else payloads.make(one.personal, kind.longest)
        return cls(kind, one, payloads.make(core, kind.longest), personal)


def size() -> int:
    """How many entries there are."""
    newest = Entry.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if newest is None else newest + 1


class _Writer:
    """Inside the lock: gives the numbers, and holds entries back until there are enough for one statement.
    A rule that reads the entries themselves sees those of transactions before this one.
    """

    def __init__(self) -> None:
        self.done: list[Committed] = []
        self._next = size()
        self._held: list[Entry] = []

    def add(self, kind: Kind, run: list[Prepared]) -> None:
        """Events of one kind."""
        for actor in {one.proposal.actor for one in run}:
            actors.check(kind, actor)
        for guard in kind.guards:
            guard([one.proposal.event for one in run])
        if len(run) > 1 and kind.checks_many:
            self._add_many(kind, run)
            return
        for one in run:
            stamp = self._stamp(one, _moment())
            event = one.proposal.event
            if kind.checks:
                kind.checks(event, stamp)
            self._hold(one, stamp)
            if kind.applies:
                with applying():
                    kind.applies(event, stamp)

    def _add_many(self, kind: Kind, run: list[Prepared]) -> None:
        assert kind.checks_many
        at = _moment()
        stamped = [(one.proposal.event, self._stamp(one, at, place)) for place, one in enumerate(run)]
        kind.checks_many(stamped)
        for one, (_, stamp) in zip(run, stamped, strict=True):
            self._hold(one, stamp)
        if kind.applies:
            with applying():
                for event, stamp in stamped:
                    kind.applies(event, stamp)

    def _stamp(self, one: Prepared, at: datetime, place: int = 0) -> Stamp:
        return Stamp(self._next + place, at, one.proposal.actor, one.proposal.personal or {})

    def _hold(self, one: Prepared, stamp: Stamp) -> None:
        entry = _entry(one, stamp)
        self._next += 1
        self._held.append(entry)
        self.done.append(Committed(stamp.index, bytes(entry.leaf)))
        if len(self._held) >= BATCH:
            self.flush()

    def flush(self) -> None:
        lock.insert_many(self._held)
        self._held = []


def _moment() -> datetime:
    """Now, as an entry can say it."""
    return _utc(now())


def _entry(one: Prepared, stamp: Stamp) -> Entry:
    subject = one.kind.subject_of(one.proposal.event)
    leaf = make_leaf(
        bureau=settings.ZHILU.bureau,
        at=format_time(stamp.at),
        kind=one.kind.name,
        actor=stamp.actor,
        subject=subject,
        core=one.core.digest,
        personal=one.personal.digest if one.personal else None,
    )
    return Entry(
        index=stamp.index,
        leaf=leaf,
        core=one.core.data,
        core_salt=one.core.salt,
        personal=one.personal.data if one.personal else None,
        personal_salt=one.personal.salt if one.personal else None,
        kind=one.kind.name,
        at=stamp.at,
        actor=stamp.actor,
        subject=subject,
    )


def stamp_of(entry: Entry) -> Stamp:
    """The stamp with which a stored entry was applied, and is again at a replay."""
    personal = {} if entry.personal is None else _part(entry, entry.personal)
    return Stamp(entry.index, _utc(entry.at), entry.actor, personal)


def event_of(entry: Entry) -> Any:
    return read(entry.kind, _part(entry, entry.core))


def _part(entry: Entry, data: bytes | memoryview) -> dict[str, Any]:
    return strictjson.loads_object(bytes(data), longest(entry.kind))


def _utc(at: datetime) -> datetime:
    """As an entry says it, in milliseconds."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)
