"""`commit`: the one way in (spec/ledger.md §4).

1. take the ledger's lock: a transaction
2. check the rules against the tables as they are
3. the next index; leaf and payload are stored
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
from zhilu.server.ledger.services import wake
from zhilu.tlog.proof import make_leaf, payload_digest

MAX_PAYLOAD = 65_536
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
        done = [_append(kind_of(p.event), p, strictjson.dumps(shapes.to_core(p.event))) for p in proposals]
        transaction.on_commit(wake.ring)
    return done


def commit_posted(kind: str, core: dict[str, Any], actor: str, personal: dict[str, Any] | None) -> Committed:
    """Add an event that another program made; its core is stored with every field it has, known here or
    not.
    """
    with lock.held():
        proposal = Proposal(read(kind, core), actor, personal)
        done = _append(kind_named(kind), proposal, strictjson.dumps(core))
        transaction.on_commit(wake.ring)
    return done


def size() -> int:
    """How many entries there are."""
    newest = Entry.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if newest is None else newest + 1


def _append(kind: Kind, proposal: Proposal, core: bytes) -> Committed:
    at = parse_time(format_time(now()))
    index = size()
    stamp = Stamp(index, at, proposal.actor, proposal.personal or {})
    if kind.checks:
        kind.checks(proposal.event, stamp)
    personal = None if proposal.personal is None else strictjson.dumps(proposal.personal)
    # One of the two databases takes no NUL in a text: so neither gets one.
    if NUL.search(core) or NUL.search(personal or b""):
        raise CallerError("payload-nul", "An entry's texts hold no NUL character.")
    if max(len(core), len(personal or b"")) > MAX_PAYLOAD:
        raise CallerError("payload-size", "An entry's payload has at most {limit} bytes.", limit=MAX_PAYLOAD)
    leaf = _store(kind, proposal.event, stamp, core, personal)
    if kind.applies:
        with applying():
            kind.applies(proposal.event, stamp)
    return Committed(index, leaf)


def _store(kind: Kind, event: Any, stamp: Stamp, core: bytes, personal: bytes | None) -> bytes:
    core_salt = secrets.token_bytes(32)
    personal_salt = None if personal is None else secrets.token_bytes(32)
    subject = kind.subject_of(event)
    leaf = make_leaf(
        bureau=settings.ZHILU.bureau,
        at=format_time(stamp.at),
        kind=kind.name,
        actor=stamp.actor,
        subject=subject,
        core=payload_digest(core_salt, core),
        personal=None
        if personal is None or personal_salt is None
        else payload_digest(personal_salt, personal),
    )
    Entry.objects.create(
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
    return leaf


def stamp_of(entry: Entry) -> Stamp:
    """The stamp with which a stored entry was applied, and is again at a replay."""
    personal = {} if entry.personal is None else strictjson.loads_object(bytes(entry.personal))
    return Stamp(entry.index, _utc(entry.at), entry.actor, personal)


def event_of(entry: Entry) -> Any:
    return read(entry.kind, strictjson.loads_object(bytes(entry.core)))


def _utc(at: datetime) -> datetime:
    return parse_time(format_time(at))
