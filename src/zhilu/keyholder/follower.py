"""Reading the ledger (spec/viewing.md §1): entry by entry, up to a checkpoint, or not at all.

- A checkpoint counts if the ledger's pinned key signed it. Its entries are fetched from where the reading
  stopped, their leaves are hashed into the compact range, and only if the root comes out as the checkpoint
  says is anything believed: range, cosigner's state and all that follows from the entries are committed in
  one transaction.
- A leaf under that root whose core payload is not served as the leaf says stops the reading (`payload`): the
  ledger committed to something that it hides.
- What an entry says counts by `rules` alone. One that breaks them is ignored, noted, and logged by index,
  kind and code.
- Another root at a size that was read is `fork`, entries that do not lead to the signed root are `entries`;
  fewer of them than the checkpoint says is `entries-missing`. How a root is compared: `tlog.following`.

`advance` runs under one lock, because the cosigner's state and the range are one thing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from zhilu.errors import DataError, WorldError
from zhilu.keyholder import rules, rules_recordings, rules_viewings
from zhilu.keyholder.believed import Evidence, Room
from zhilu.keyholder.contradictions import Contradictions
from zhilu.keyholder.county import County, Entry
from zhilu.keyholder.state import State
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.following import Reading, check_size
from zhilu.tlog.proof import LedgerKeys, open_payload, parse_leaf
from zhilu.tlog.witness import add_checkpoint_request

log = logging.getLogger("zhilu.keyholder")

PAGE = 500  # entries asked for at once
SOON_S = 0.02


class Listener(Protocol):
    """Whoever waits for an entry that it has posted."""

    def awaits(self, kind: str, core: dict[str, Any]) -> bool:
        """Is anybody waiting for this one? What nobody awaits is not kept: there may be any number."""
        ...

    def on_entry(self, index: int, leaf_bytes: bytes, leaf: dict[str, Any], core: dict[str, Any]) -> None:
        """It is under the tree: called after what was read is durable."""
        ...


Awaited = tuple[Listener, tuple[int, bytes, dict[str, Any], dict[str, Any]]]


class Follower:
    """`lock` guards `advance`; whoever cosigns holds it too. `state` is the writing connection.

    `published`: the greatest size at which a checkpoint with the demanded cosignatures was seen whose root
    is the one computed here.
    """

    def __init__(
        self,
        state: State,
        county: County,
        room: Room,
        keys: LedgerKeys,
        *listeners: Listener,
        contradictions: Contradictions | None = None,
    ) -> None:
        self.lock = asyncio.Lock()
        self.published = 0
        self.page = PAGE
        self._changed = asyncio.Condition()
        self._hurried, self._pause = asyncio.Event(), SOON_S
        self._state, self._county, self._room, self._keys = state, county, room, keys
        self._listeners, self._contradictions = listeners, contradictions

    @property
    def origin(self) -> str:
        return self._keys.origin

    async def poll(self) -> None:
        """Look at the newest checkpoint. One that is not cosigned yet changes nothing."""
        note = await self._county.checkpoint()
        try:
            checkpoint = self._keys.open(note).checkpoint
        except DataError as error:
            if error.code == "quorum":
                return
            raise
        async with self.lock:
            try:
                await self.advance(checkpoint)
            except DataError as error:
                if self._contradictions:
                    self._contradictions.look(add_checkpoint_request(0, (), note), error.code)
                raise
            if self._state.root_at(checkpoint.size) == checkpoint.root:
                self.published = max(self.published, checkpoint.size)
        await self._tell()

    def hurry(self) -> None:
        """What somebody waits for was read just now, and is published in a moment: look soon, and again."""
        self._hurried.set()

    async def rest(self, longest_s: float) -> None:
        """Until it is time to look again: a little longer each time, or at once when hurried."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(self._pause, longest_s)):
                await self._hurried.wait()
        self._pause = min(2 * self._pause, longest_s)
        if self._hurried.is_set():
            self._hurried.clear()
            self._pause = SOON_S

    async def wait_until(self, done: Callable[[], bool]) -> None:
        """Until `done`, looked at after each step of the reading."""
        async with self._changed:
            await self._changed.wait_for(done)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def advance(self, checkpoint: Checkpoint) -> None:
        """Read up to `checkpoint`, which the ledger's key signed. The caller holds `lock`."""
        check_size(checkpoint)
        frontier = self._state.frontier()
        if checkpoint.size <= frontier.size:
            self._compare(checkpoint)
            return
        awaited: list[Awaited] = []
        reading = Reading(frontier, checkpoint)
        with self._state.transaction() as state:
            while not reading.is_whole:
                for entry in await self._page(reading.size, checkpoint.size):
                    self._apply(state, reading.take(entry.leaf), entry, awaited)
            reading.check()
            state.set_frontier(reading.frontier)
        for listener, what in awaited:
            listener.on_entry(*what)
        await self._tell()

    def _compare(self, checkpoint: Checkpoint) -> None:
        known = self._state.root_at(checkpoint.size)
        if known is not None and known != checkpoint.root:
            raise DataError("fork", "The ledger signed two trees of {size} entries.", size=checkpoint.size)

    async def _page(self, start: int, end: int) -> list[Entry]:
        try:
            entries = await self._county.entries(start, min(self.page, end - start))
        except WorldError as error:
            if error.code != "answer-too-long" or self.page == 1:
                raise
            self.page = max(1, self.page // 4)  # large entries: fewer at once
            return []
        if not entries:
            raise WorldError("entries-missing", "The county server has not sent entry {index}.", index=start)
        return entries

    def _apply(self, state: State, index: int, entry: Entry, awaited: list[Awaited]) -> None:
        kind = "?"
        try:
            leaf = parse_leaf(entry.leaf)
            kind = leaf["kind"]
        except DataError as error:
            self._ignore(state, index, kind, error)
            return
        try:
            core = open_payload(leaf["core"], entry.salt, entry.core)
        except DataError as error:
            if error.code == "payload":
                raise
            self._ignore(state, index, kind, error)  # committed to, and no JSON
            return
        for listener in self._listeners:
            if listener.awaits(kind, core):
                awaited.append((listener, (index, entry.leaf, leaf, core)))
        try:
            if leaf["bureau"] != self._room.bureau:
                raise DataError("bureau", "An entry of another bureau.")
            with state.entry():
                believe(state, index, kind, core, self._room)
        except DataError as error:
            self._ignore(state, index, kind, error)

    def _ignore(self, state: State, index: int, kind: str, error: DataError) -> None:
        log.warning("entry %d (%s) does not count: %s", index, kind, error.code)
        state.ignore(index, kind, error.code)


def believe(state: State, index: int, kind: str, core: dict[str, Any], room: Room) -> None:
    """Write down what one entry says, if the rules allow; else raises DataError."""
    if kind == "credential-registered/1":
        credential, evidence = rules.accept_registration(core, room, state)
        _add(state, evidence)
        state.add_credential(credential, index)
    elif kind == "credential-revoked/1":
        # Its counters are not compared: if an administrator's key was copied, to revoke is still the safe
        # side.
        state.revoke(rules.accept_revocation(core, room, state), index)
    elif kind == "viewing-requested/1":
        viewing, signed = rules_viewings.accept_request(core, room, state)
        _add(state, [signed])
        state.add_viewing(viewing, index)
    elif kind == "viewing-decided/1":
        taken, signed = rules_viewings.accept_decision(core, room, state)
        _add(state, [signed])
        state.decide(taken, index)
    elif kind == "viewing-reported/1":
        reported = rules_viewings.accept_report(core, room, state)
        _add(state, [reported.evidence])
        state.report(reported.report.viewing, reported.raw)
    elif kind == "recorder-enrolled/1":
        kid, jwk = rules_recordings.accept_recorder(core, state)
        state.add_recorder(kid, jwk, index)
    elif kind == "station-enrolled/1":
        kid, jwk = rules_recordings.accept_station(core, state)
        state.add_station(kid, jwk, index)
    elif kind == "recording-imported/1":
        state.add_recording(rules_recordings.accept_import(core, state), core, index)
    elif kind == "recording-stored/1":
        state.add_recording(rules_recordings.accept_recording(core, state), core, index)


def _add(state: State, evidence: list[Evidence]) -> None:
    for item in evidence:
        state.add_evidence(item)
