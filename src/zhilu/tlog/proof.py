"""Proved entries: what leaves a ledger as evidence (spec/ledger.md §1, §5).

Checked in this order, each refusal with its code:

1. the note: ledger's signature (`note-signature`), origin (`origin`), cosignatures (`quorum`)
2. the path leads from the leaf at its index to the root (`inclusion`)
3. the leaf is strict JSON with its fields (`json`, `field`), of the wanted kind (`kind`)
4. the core payload with its salt has the leaf's digest (`payload`), and is strict JSON (`json`)

Bytes come first, meaning after: nothing of leaf or core is read before it is proved. What a kind's core
must contain is left to whoever asked for that kind. The personal part never travels in a proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from zhilu import strictjson
from zhilu.encoding import EncodingError, b64u, h, hex32, parse_time, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.strictjson import FieldError
from zhilu.tlog.checkpoint import Checkpoint, Verified, check_policy, open_checkpoint
from zhilu.tlog.cosign import CosignatureVerifier
from zhilu.tlog.merkle import leaf_hash, verify_inclusion
from zhilu.tlog.note import NoteVerifier
from zhilu.tlog.tiles import MAX_LEAF

SALT_SIZE = 32
MAX_CORE = 1_048_576
MAX_ENTRY = 2 * MAX_CORE
MAX_PATH = 63
_KIND = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*/[1-9][0-9]?", re.ASCII)
_LEAF: dict[str, type | tuple[type, ...]] = {
    "bureau": str,
    "at": str,
    "kind": str,
    "actor": str,
    "subject": str,
    "core": str,
    "personal": (str, type(None)),
}
_ENTRY = {"leaf": str, "core": str, "salt": str, "index": int, "path": list, "checkpoint": str}


class EntryError(DataError):
    """Codes `payload` (not what the leaf's digest covers) and `kind` (another kind than wanted)."""


@dataclass(frozen=True)
class LedgerKeys:
    """Whose checkpoints count: pinned from outside the bureau, or by a recorder's `enrolled` line."""

    ledger: NoteVerifier
    cosigners: tuple[CosignatureVerifier, ...]
    quorum: int

    def __post_init__(self) -> None:
        check_policy(self.ledger, self.cosigners, self.quorum)

    @property
    def origin(self) -> str:
        """A ledger's key bears its origin as name."""
        return self.ledger.name

    @classmethod
    def from_vkeys(cls, ledger: str, cosigners: Sequence[str], quorum: int) -> LedgerKeys:
        parsed = tuple(CosignatureVerifier.from_vkey(vkey) for vkey in cosigners)
        return cls(NoteVerifier.from_vkey(ledger), parsed, quorum)

    def open(self, note: bytes) -> Verified:
        """The checkpoint in `note`, by these keys."""
        return open_checkpoint(note, self.ledger, self.cosigners, self.quorum)


@dataclass(frozen=True)
class ProvedEntry:
    """A leaf with its core payload, and the proof. Nothing in it is verified before `verify_entry`."""

    leaf: bytes
    core: bytes
    salt: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    @classmethod
    def loads(cls, data: bytes) -> ProvedEntry:
        return cls.from_json(strictjson.loads_object(data, MAX_ENTRY))

    def dumps(self) -> bytes:
        return strictjson.dumps(self.to_json())

    @classmethod
    def from_json(cls, value: object) -> ProvedEntry:
        got = strictjson.fields(value, _ENTRY)
        path = got["path"]
        if len(path) > MAX_PATH or not all(isinstance(value, str) for value in path):
            raise FieldError("path")
        return cls(
            leaf=unb64u(got["leaf"]),
            core=unb64u(got["core"]),
            salt=unb64u(got["salt"]),
            index=got["index"],
            path=tuple(hex32(value) for value in path),
            checkpoint=got["checkpoint"].encode("utf-8"),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "leaf": b64u(self.leaf),
            "core": b64u(self.core),
            "salt": b64u(self.salt),
            "index": self.index,
            "path": [value.hex() for value in self.path],
            "checkpoint": self.checkpoint.decode("utf-8"),
        }


@dataclass(frozen=True)
class VerifiedEntry:
    """An entry that is in the ledger: its leaf and core as JSON, and the checkpoint that covers it."""

    leaf: dict[str, Any]
    core: dict[str, Any]
    index: int
    checkpoint: Checkpoint
    cosignatures: tuple[tuple[str, int], ...]
    cosigned_at: int | None


def verify_entry(entry: ProvedEntry, keys: LedgerKeys, kind: str | None = None) -> VerifiedEntry:
    """Raises a DataError whose code says which check failed; `kind` None takes every kind."""
    return verify_under(entry, keys.open(entry.checkpoint), kind)


def verify_under(entry: ProvedEntry, verified: Verified, kind: str | None = None) -> VerifiedEntry:
    """Checks 2 to 4 under a checkpoint that the caller has checked already, and answers for."""
    checkpoint = verified.checkpoint
    verify_inclusion(leaf_hash(entry.leaf), entry.index, checkpoint.size, entry.path, checkpoint.root)
    leaf = parse_leaf(entry.leaf)
    if kind is not None and leaf["kind"] != kind:
        raise EntryError(
            "kind", "The entry is of the kind {found}, not {wanted}.", found=leaf["kind"], wanted=kind
        )
    core = open_payload(leaf["core"], entry.salt, entry.core)
    return VerifiedEntry(leaf, core, entry.index, checkpoint, verified.cosignatures, verified.cosigned_at)


def open_payload(digest: str, salt: bytes, data: bytes) -> dict[str, Any]:
    """The JSON of a payload part whose digest stands in a leaf; the same for core and personal."""
    if len(salt) != SALT_SIZE or payload_digest(salt, data).hex() != digest:
        raise EntryError("payload", "The payload is not the one that the entry names.")
    return strictjson.loads_object(data, MAX_CORE)


def payload_digest(salt: bytes, data: bytes) -> bytes:
    """H("zhilu/payload/v1", salt, bytes as sent). A salt is 32 random bytes and used once."""
    if len(salt) != SALT_SIZE:
        raise CallerError("salt", "A salt has 32 bytes.")
    return h("zhilu/payload/v1", salt, data)


def make_leaf(
    *, bureau: str, at: str, kind: str, actor: str, subject: str, core: bytes, personal: bytes | None
) -> bytes:
    """The bytes of a leaf; `core` and `personal` are digests, `at` is `encoding.format_time`'s text."""
    leaf = {
        "bureau": bureau,
        "at": at,
        "kind": kind,
        "actor": actor,
        "subject": subject,
        "core": core.hex(),
        "personal": None if personal is None else personal.hex(),
    }
    data = strictjson.dumps(leaf)
    parse_leaf(data)
    return data


def parse_leaf(data: bytes) -> dict[str, Any]:
    leaf = strictjson.fields(strictjson.loads_object(data, MAX_LEAF), _LEAF)
    if not all(leaf[name] for name in ("bureau", "actor", "subject")):
        raise FieldError("bureau, actor or subject")
    if not _KIND.fullmatch(leaf["kind"]):
        raise FieldError("kind")
    _check_encoded("at", parse_time, leaf["at"])
    _check_encoded("core", hex32, leaf["core"])
    if leaf["personal"] is not None:
        _check_encoded("personal", hex32, leaf["personal"])
    return leaf


def _check_encoded(name: str, parse: Callable[[str], object], text: str) -> None:
    try:
        parse(text)
    except EncodingError:
        raise FieldError(name) from None
