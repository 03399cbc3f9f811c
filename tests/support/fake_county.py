"""A county in memory, for the keyholder's tests: a real ledger with real signatures, and a web process that
may lie.

It holds the ledger's key and commits whatever it is told to. `hostile` hooks bend single answers.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhilu import strictjson
from zhilu.encoding import format_time
from zhilu.errors import WorldError
from zhilu.keyholder.county import Entry
from zhilu.protocols.viewing import VIEWING_ROLES
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.frontier import MemoryHashes
from zhilu.tlog.merkle import consistency_path, leaf_hash, root
from zhilu.tlog.note import Note, NoteSigner, parse_signature
from zhilu.tlog.proof import make_leaf, payload_digest
from zhilu.tlog.witness import Outcome, add_checkpoint_request

Cosign = Callable[[bytes], Awaitable[Outcome]]


class Ledger:
    """Entries, tree, the note last published."""

    def __init__(self, origin: str, bureau: str) -> None:
        self.signer = NoteSigner(origin, Ed25519PrivateKey.generate())
        self.origin, self.bureau = origin, bureau
        self.entries: list[Entry] = []
        self.hashes = MemoryHashes()
        self.note = b""
        self.cosigned = 0

    def commit(
        self,
        kind: str,
        core: dict[str, Any] | bytes,
        *,
        personal: dict[str, Any] | None = None,
        bureau: str | None = None,
    ) -> int:
        raw = core if isinstance(core, bytes) else strictjson.dumps(core)
        salt = secrets.token_bytes(32)
        private = (
            None if personal is None else payload_digest(secrets.token_bytes(32), strictjson.dumps(personal))
        )
        leaf = make_leaf(
            bureau=bureau or self.bureau,
            at=format_time(datetime.now(UTC)),
            kind=kind,
            actor="web",
            subject="web",
            core=payload_digest(salt, raw),
            personal=private,
        )
        return self.append(Entry(leaf, raw, salt))

    def append(self, entry: Entry) -> int:
        self.entries.append(entry)
        self.hashes.append(leaf_hash(entry.leaf))
        return len(self.entries) - 1

    def checkpoint(self, size: int | None = None, root_: bytes | None = None) -> bytes:
        size = len(self.entries) if size is None else size
        return checkpoints.sign(Checkpoint(self.origin, size, root_ or root(size, self.hashes)), self.signer)

    def hashes_root(self) -> bytes:
        return root(len(self.entries), self.hashes)

    def request(self, note: bytes, old: int) -> bytes:
        size = checkpoints.parse(Note.parse(note).text).size
        return add_checkpoint_request(old, consistency_path(old, size, self.hashes), note)


class FakeCounty:
    """Satisfies `zhilu.keyholder.county.County`. `cosign` carries a body to the keyholder's
    add-checkpoint."""

    def __init__(self, origin: str, bureau: str) -> None:
        self.ledger = Ledger(origin, bureau)
        self.cosign: Cosign | None = None
        self.open_lines: dict[str, bytes] = {}
        self.people: dict[str, str] = {}
        self.told: dict[str, dict[str, Any]] = {}
        self.over: dict[str, set[str]] = {}
        """Person → the recordings that the grants cover; who is not named is over all."""
        self.posted: list[tuple[str, dict[str, Any], dict[str, Any] | None]] = []
        self.publishing = True
        self.outcomes: list[Outcome] = []
        # What a hostile web process may do: commit other events than those posted, serve other entries.
        self.instead: Callable[[str, dict[str, Any]], list[tuple[str, dict[str, Any]]]] | None = None
        self.serve: Callable[[int, Entry], Entry] = lambda index, entry: entry
        self.away = False
        self.mirror: Callable[[int], bytes | None] | None = None
        """Of a city's server: what its mirror of a county says."""

    # County

    async def checkpoint(self) -> bytes:
        if self.away or not self.ledger.note:
            raise WorldError("server-away", "The county server does not answer ({reason}).", reason="test")
        return self.ledger.note

    async def entries(self, start: int, count: int) -> list[Entry]:
        chosen = self.ledger.entries[start : start + count]
        return [self.serve(start + i, entry) for i, entry in enumerate(chosen)]

    async def post(self, kind: str, core: dict[str, Any], personal: dict[str, Any] | None) -> int:
        if self.away:
            raise WorldError("server-away", "The county server does not answer ({reason}).", reason="test")
        self.posted.append((kind, core, personal))
        events = self.instead(kind, core) if self.instead else [(kind, core)]
        index = -1
        for one_kind, one_core in events:
            index = self.ledger.commit(one_kind, one_core, personal=personal)
        await self.publish()
        return index

    async def open_line(self, recording: str) -> bytes:
        return self.open_lines[recording]

    async def names(self, ids: Sequence[str]) -> dict[str, str]:
        return {id_: self.people[id_] for id_ in ids if id_ in self.people}

    async def about(self, recordings: Sequence[str], person: str) -> dict[str, Any]:
        if self.away:
            raise WorldError("server-away", "The county server does not answer ({reason}).", reason="test")
        over = self.over.get(person)
        covers = {id_: [*VIEWING_ROLES] if over is None or id_ in over else [] for id_ in recordings}
        told = {id_: self.told.get(id_, {}) for id_ in recordings}
        # A hostile one says anything at all.
        return {
            id_: said | {"covers": covers[id_]} if isinstance(said, dict) else said
            for id_, said in told.items()
        }

    async def mirrored(self, bureau: str, size: int) -> bytes | None:
        return self.mirror(size) if self.mirror else None

    def as_mirrored(self, size: int) -> bytes | None:
        """What a city's server has of this ledger that has read all of it."""
        return root(size, self.ledger.hashes) if size <= len(self.ledger.entries) else None

    async def close(self) -> None:
        pass

    # The ledger's background pass

    async def publish(self) -> Outcome | None:
        """Sign what there is, have it cosigned, publish."""
        if not self.publishing or self.cosign is None:
            return None
        note = self.ledger.checkpoint()
        outcome = await self.cosign(self.ledger.request(note, self.ledger.cosigned))
        self.outcomes.append(outcome)
        if outcome.status == 200:
            self.ledger.cosigned = len(self.ledger.entries)
            signed = Note.parse(note).add(parse_signature(outcome.body.decode()))
            self.ledger.note = signed.format()
        return outcome

    async def commit(self, kind: str, core: dict[str, Any], **more: Any) -> int:
        """Any event at all, without the keyholder having asked for it; published at once."""
        index = self.ledger.commit(kind, core, **more)
        await self.publish()
        return index
