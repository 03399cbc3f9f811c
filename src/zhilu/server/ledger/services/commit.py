"""`commit`: the one way in (spec/ledger.md §4).

1. take the ledger's lock: a transaction
2. may the actor enter this kind; the rules, against the tables as they are
3. the next index; leaf and payload are written
4. the event is applied to the tables
5. the transaction ends: entry and rows are durable together, or neither is

A crash before 5 leaves nothing; after 5 the background pass finds the leaf, whoever was to wake it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import transaction

from zhilu import strictjson
from zhilu.encoding import format_time, parse_time
from zhilu.errors import CallerError
from zhilu.server.ledger import lock, shapes
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.events import Kind, Stamp, kind_named, kind_of, read
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.models.base import applying
from zhilu.server.ledger.services import actors, wake
from zhilu.tlog.proof import make_leaf, payload_digest

MAX_PAYLOAD = 65_536
BATCH = 500
# A NUL as JSON writes it: after an even number of backslashes, or it is the text of one.
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


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
    with lock.held():
        writer = _Writer()
        for kind, run in groupby(proposals, key=lambda one: kind_of(one.event)):
            writer.add(kind, [(one, strictjson.dumps(shapes.to_core(one.event))) for one in run])
        writer.flush()
        transaction.on_commit(wake.ring)
    return writer.done


def commit_posted(kind: str, core: dict[str, Any], actor: str, personal: dict[str, Any] | None) -> Committed:
    """Add an event that another program made; its core is stored with every field it has, known here or
    not.
    """
    with lock.held():
        writer = _Writer()
        writer.add(kind_named(kind), [(Proposal(read(kind, core), actor, personal), strictjson.dumps(core))])
        writer.flush()
        transaction.on_commit(wake.ring)
    return writer.done[0]


def size() -> int:
    """How many entries there are."""
    newest = Entry.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if newest is None else newest + 1


class _Writer:
    """Inside the lock: gives the numbers, and holds entries back until there are enough for one statement.
    No rule and no `apply` reads the entries themselves.
    """

    def __init__(self) -> None:
        self.done: list[Committed] = []
        self._next = size()
        self._held: list[Entry] = []

    def add(self, kind: Kind, run: list[tuple[Proposal, bytes]]) -> None:
        """Events of one kind, each with its core."""
        for actor in {proposal.actor for proposal, _ in run}:
            actors.check(kind, actor)
        if len(run) > 1 and kind.checks_many and kind.applies_many:
            self._add_many(kind, run)
            return
        for proposal, core in run:
            stamp = self._stamp(proposal)
            if kind.checks:
                kind.checks(proposal.event, stamp)
            self._hold(kind, proposal, stamp, core)
            if kind.applies:
                with applying():
                    kind.applies(proposal.event, stamp)

    def _add_many(self, kind: Kind, run: list[tuple[Proposal, bytes]]) -> None:
        assert kind.checks_many and kind.applies_many
        first = self._next
        stamped = [(one.event, self._stamp(one, first + place)) for place, (one, _) in enumerate(run)]
        kind.checks_many(stamped)
        for (proposal, core), (_, stamp) in zip(run, stamped, strict=True):
            self._hold(kind, proposal, stamp, core)
        with applying():
            kind.applies_many(stamped)

    def _stamp(self, proposal: Proposal, index: int | None = None) -> Stamp:
        at = parse_time(format_time(now()))
        return Stamp(self._next if index is None else index, at, proposal.actor, proposal.personal or {})

    def _hold(self, kind: Kind, proposal: Proposal, stamp: Stamp, core: bytes) -> None:
        entry = _entry(kind, proposal, stamp, core)
        self._next += 1
        self._held.append(entry)
        self.done.append(Committed(stamp.index, bytes(entry.leaf)))
        if len(self._held) >= BATCH:
            self.flush()

    def flush(self) -> None:
        Entry.objects.bulk_create(self._held)
        self._held = []


def _entry(kind: Kind, proposal: Proposal, stamp: Stamp, core: bytes) -> Entry:
    """Leaf and payloads, within their limits."""
    personal = None if proposal.personal is None else strictjson.dumps(proposal.personal)
    # One of the two databases takes no NUL in a text: so neither gets one.
    if NUL.search(core) or NUL.search(personal or b""):
        raise CallerError("payload-nul", "An entry's texts hold no NUL character.")
    if max(len(core), len(personal or b"")) > MAX_PAYLOAD:
        raise CallerError("payload-size", "An entry's payload has at most {limit} bytes.", limit=MAX_PAYLOAD)
    core_salt = secrets.token_bytes(32)
    personal_salt = None if personal is None else secrets.token_bytes(32)
    subject = kind.subject_of(proposal.event)
    hidden = None if personal is None or personal_salt is None else payload_digest(personal_salt, personal)
    leaf = make_leaf(
        bureau=settings.ZHILU.bureau,
        at=format_time(stamp.at),
        kind=kind.name,
        actor=stamp.actor,
        subject=subject,
        core=payload_digest(core_salt, core),
        personal=hidden,
    )
    return Entry(
        index=stamp.index,
        leaf=leaf,
        core=core,
        core_salt=core_salt,
        personal=personal,
        personal_salt=personal_salt,
        kind=kind.name,
        at=stamp.at,
        actor=stamp.actor,
        subject=subject,
    )


def stamp_of(entry: Entry) -> Stamp:
    """The stamp with which a stored entry was applied, and is again at a replay."""
    personal = {} if entry.personal is None else strictjson.loads_object(bytes(entry.personal))
    return Stamp(entry.index, _utc(entry.at), entry.actor, personal)


def event_of(entry: Entry) -> Any:
    return read(entry.kind, strictjson.loads_object(bytes(entry.core)))


def _utc(at: datetime) -> datetime:
    return parse_time(format_time(at))
