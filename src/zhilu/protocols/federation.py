"""The requests of one server to another (spec/federation.md), as bytes and values; no I/O.

- A batch is read in one spelling; whatever is cut, too long, too many or of another form is refused
  (`batch`).
- `check_entry` says of a served entry all that can be said of it alone: leaf, bureau, payloads. That it is
  the entry that was signed says `tlog.following`.
- `family` sorts the codes of a pass: what means that the neighbour is away, what that it serves nonsense, and
  what that it contradicts what it signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from zhilu import strictjson
from zhilu.errors import CallerError, DataError, ZhiluError
from zhilu.sealed.keys import load_jwk
from zhilu.tlog.proof import MAX_CORE, SALT_SIZE, EntryError, LedgerKeys, open_payload, parse_leaf
from zhilu.tlog.tiles import MAX_LEAF

MAX_COUNT = 1000
BATCH_BYTES = 8 * 2**20
"""Where a server ends a batch, after one entry at least."""
MAX_BATCH = BATCH_BYTES + 2 * MAX_CORE + 2 * SALT_SIZE + MAX_LEAF + 11
MAX_COSIGNATURE = 4096
MAX_NEIGHBOUR = 65_536
STAGE, STAGE_BYTES = 20_000, 64 * 2**20
"""What is held in memory before it is stored: a stage ends with the batch that reaches either."""
AHEAD_S = 600

LONGEST = {"kind": 64, "actor": 64, "subject": 200}

AWAY = ("neighbour-away", "protocol", "keyid", "created")
CONTRADICTS = (
    "fork",
    "consistency",
    "entries",
    "entries-missing",
    "leaf",
    "leaf-bureau",
    "payload",
    "personal-missing",
)
REFUSED = (
    "rollback",
    "note",
    "note-signature",
    "checkpoint",
    "origin",
    "quorum",
    "tile",
    "batch",
    "answer-too-long",
)


@dataclass(frozen=True)
class Payload:
    """A part as sent, and its salt."""

    data: bytes
    salt: bytes


@dataclass(frozen=True)
class Served:
    """An entry as it came; nothing in it is verified."""

    leaf: bytes
    core: Payload
    personal: Payload | None


@dataclass(frozen=True)
class Checked:
    """An entry that is one in itself: `said` is its leaf as JSON."""

    served: Served
    said: dict[str, Any]


def entries_path(start: int, count: int) -> tuple[str, str]:
    """Path and query."""
    return "/federation/1/entries", f"start={start}&count={count}"


def cosignature_path(size: int) -> tuple[str, str]:
    return "/federation/1/cosignature", f"size={size}"


def encode_entry(entry: Served) -> bytes:
    if len(entry.leaf) > MAX_LEAF:
        raise CallerError("batch", "A leaf has at most 65,535 bytes.")
    parts = [len(entry.leaf).to_bytes(2, "big"), entry.leaf, *_encode(entry.core)]
    parts += [b"\x00"] if entry.personal is None else [b"\x01", *_encode(entry.personal)]
    return b"".join(parts)


def _encode(part: Payload) -> list[bytes]:
    if len(part.salt) != SALT_SIZE or len(part.data) > MAX_CORE:
        raise CallerError("batch", "A payload has 1 MiB at most and a salt of 32 bytes.")
    return [part.salt, len(part.data).to_bytes(4, "big"), part.data]


def decode_batch(data: bytes, most: int) -> list[Served]:
    """The entries of an answer, `most` of them at most."""
    found: list[Served] = []
    reader = _Reader(data)
    while not reader.is_at_end:
        if len(found) == most:
            raise _not_a_batch("too many")
        found.append(_entry(reader))
    return found


def _entry(reader: _Reader) -> Served:
    leaf = reader.take(reader.number(2))
    core = reader.payload()
    flag = reader.take(1)
    if flag not in (b"\x00", b"\x01"):
        raise _not_a_batch("flag")
    return Served(leaf, core, reader.payload() if flag == b"\x01" else None)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._data)

    def take(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._data):
            raise _not_a_batch("cut")
        part, self._at = self._data[self._at : end], end
        return part

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def payload(self) -> Payload:
        salt, length = self.take(SALT_SIZE), self.number(4)
        if length > MAX_CORE:
            raise _not_a_batch("too long")
        return Payload(self.take(length), salt)


def _not_a_batch(why: str) -> DataError:
    return DataError("batch", "The neighbour's answer is no batch of entries ({why}).", why=why)


def check_entry(served: Served, bureau: str) -> Checked:
    """Leaf and payloads, each part by itself: `leaf`, `leaf-bureau`, `payload`, `personal-missing`."""
    try:
        said = parse_leaf(served.leaf)
    except DataError:
        raise DataError("leaf", "The ledger of {bureau} holds what is no entry.", bureau=bureau) from None
    if not _fits(said):
        raise DataError("leaf", "The ledger of {bureau} holds what is no entry.", bureau=bureau)
    if said["bureau"] != bureau:
        raise DataError("leaf-bureau", "The ledger of {bureau} holds an entry of another.", bureau=bureau)
    _check_payload(said["core"], served.core)
    if said["personal"] is None and served.personal is not None:
        raise DataError("payload", "A payload came that its entry does not name.")
    if said["personal"] is not None:
        if served.personal is None:
            raise DataError("personal-missing", "The personal part of an entry is not served.")
        _check_payload(said["personal"], served.personal)
    return Checked(served, said)


def _fits(said: dict[str, Any]) -> bool:
    """What no server of this release would have written, and not every database can hold."""
    texts = [said[name] for name in LONGEST]
    return all(len(said[name]) <= most for name, most in LONGEST.items()) and "\0" not in "".join(texts)


def _check_payload(digest: str, part: Payload) -> None:
    try:
        open_payload(digest, part.salt, part.data)
    except EntryError:
        raise
    except DataError:
        raise DataError("payload", "A payload is no strict JSON.") from None


def family(error: ZhiluError) -> str:
    """`away`, `refused` or `contradicts`: spec/federation.md §4."""
    if error.code in CONTRADICTS:
        return "contradicts"
    return "refused" if error.code in REFUSED else "away"


@dataclass(frozen=True)
class Neighbour:
    """What one side gives the other to join it, public parts only: `zhilu server export neighbour`."""

    bureau: str
    tier: str
    ledger: str
    cosigners: tuple[str, ...]
    quorum: int
    jwk: dict[str, Any]
    cosigner: str
    authority: str

    @property
    def keys(self) -> LedgerKeys:
        return LedgerKeys.from_vkeys(self.ledger, self.cosigners, self.quorum)

    def dumps(self) -> bytes:
        return strictjson.dumps({**vars(self), "cosigners": list(self.cosigners)})

    @classmethod
    def loads(cls, data: bytes) -> Neighbour:
        """Also checks that its keys are keys."""
        shape = {"bureau": str, "tier": str, "ledger": str, "cosigners": list, "quorum": int}
        shape |= {"jwk": dict, "cosigner": str, "authority": str}
        got = strictjson.fields(strictjson.loads_object(data, MAX_NEIGHBOUR), shape)
        made = cls(**{**got, "cosigners": tuple(_texts(got["cosigners"]))})
        load_jwk(made.jwk)
        if made.quorum < 1:
            raise DataError("quorum", "A neighbour's checkpoints need one cosignature at least.")
        _ = made.keys
        return made


def _texts(values: Sequence[object]) -> Iterator[str]:
    for value in values:
        if not isinstance(value, str):
            raise strictjson.FieldError("cosigners")
        yield value
