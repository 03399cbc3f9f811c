"""The sealed package of a copy: for one recipient, to be opened as it is read (spec/copies.md §3).

    magic ‖ u32 length ‖ head ‖ HPKE(content key) ‖ chunks

- HPKE's info holds the hash of the head: recipient, viewing, recording and span cannot be exchanged.
- Each chunk is AES-256-GCM under the content key; its nonce holds its number and whether it is the last. So
  chunks cannot be left out, repeated, put elsewhere, taken from another package or cut off at the end.
- What is inside are parts in one fixed order, each with its length: there are no names in it, so none can
  lead anywhere.

Nothing that `open_package` yields is whole until it has ended without an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from zhilu import strictjson
from zhilu.encoding import sha256, uuid_bytes
from zhilu.errors import DataError
from zhilu.sealed.clip import MAX_CLIP, Clip
from zhilu.sealed.envelopes import ENVELOPE_SIZE, SUITE, copy_open, copy_seal
from zhilu.sealed.keys import thumbprint
from zhilu.sealed.segments import TAG_SIZE

MAGIC = b"ZHILUCP1"
TYPE = "zhilu-copy/1"
CHUNK = 2**20
MAX_HEAD = 4096
PARTS = ("clip.json", "journal.jws", "receipt.json", "logbook.jws", "clip", "film")
"""In this order; all but the last with their length, a u64. `logbook.jws` and `film` may be empty."""
FILM = "not-evidence.mp4"
LIMITS = {"clip.json": MAX_CLIP, "journal.jws": 2**30, "receipt.json": 2**20, "logbook.jws": 2**32}
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "type": str,
    "suite": str,
    "bureau": str,
    "viewing": str,
    "recording": str,
    "from": int,
    "to": int,
    "recipient": str,
    "made": str,
}

Read = Callable[[int], bytes]
"""Up to so many bytes; fewer only at the end."""


@dataclass(frozen=True)
class Head:
    raw: bytes
    body: dict[str, Any]

    @property
    def recording(self) -> UUID:
        return UUID(self.body["recording"])


def make_head(body: dict[str, Any]) -> Head:
    whole = {"type": TYPE, "suite": SUITE} | body
    return Head(strictjson.dumps(whole), whole)


def read_head(read: Read) -> Head:
    """Refuses with `copy`."""
    start = read(len(MAGIC) + 4)
    length = int.from_bytes(start[len(MAGIC) :], "big")
    if start[: len(MAGIC)] != MAGIC or len(start) != len(MAGIC) + 4 or not 0 < length <= MAX_HEAD:
        raise _no_copy()
    raw = read(length)
    try:
        body = strictjson.fields(strictjson.loads_object(raw, MAX_HEAD), _FIELDS)
        for name in ("viewing", "recording"):
            uuid_bytes(body[name])
    except DataError:
        raise _no_copy() from None
    if len(raw) != length or body["type"] != TYPE or body["suite"] != SUITE:
        raise _no_copy()
    if not 0 <= body["from"] <= body["to"]:
        raise _no_copy()
    return Head(raw, body)


def open_package(
    read: Read, private_key: EllipticCurvePrivateKey
) -> tuple[Head, Iterator[tuple[str, bytes]]]:
    """The head, and (name of the part, piece) in order.

    Refuses at once with `copy`, `not-a-recipient` or `envelope`; the pieces with `copy-chunk`, `copy-cut`,
    `copy-parts` or `clip`.
    """
    head = read_head(read)
    if head.body["recipient"] != thumbprint(private_key.public_key()):
        raise DataError("not-a-recipient", "This package is not sealed to this key.")
    sealed = read(ENVELOPE_SIZE)
    return head, _parts(_chunks(read, copy_open(sealed, sha256(head.raw), private_key)), head)


def seal_package(
    head: Head, plain: Iterable[bytes], to: EllipticCurvePublicKey, content_key: bytes
) -> Iterator[bytes]:
    """The package's bytes. `content_key`: 32 fresh random bytes. Here for tests and tools: a county's copies
    are made in the viewer's browser only."""
    yield MAGIC + len(head.raw).to_bytes(4, "big") + head.raw
    yield copy_seal(content_key, sha256(head.raw), to)
    cipher, number, held = AESGCM(content_key), 0, b""
    for piece in plain:
        held += piece
        while len(held) > CHUNK:
            yield cipher.encrypt(nonce(number, last=False), held[:CHUNK], b"")
            held, number = held[CHUNK:], number + 1
    yield cipher.encrypt(nonce(number, last=True), held, b"")


def parts(contents: dict[str, Iterable[bytes]], lengths: dict[str, int]) -> Iterator[bytes]:
    """The plaintext of a package."""
    for name in PARTS:
        if name != PARTS[-1]:
            yield lengths[name].to_bytes(8, "big")
        yield from contents[name]


def nonce(number: int, *, last: bool) -> bytes:
    """u88 number ‖ u8 last."""
    return number.to_bytes(11, "big") + bytes([last])


def _chunks(read: Read, key: bytes) -> Iterator[bytes]:
    cipher, number = AESGCM(key), 0
    ahead = read(CHUNK + TAG_SIZE)
    while True:
        sealed, ahead = ahead, read(CHUNK + TAG_SIZE) if len(ahead) == CHUNK + TAG_SIZE else b""
        last = not ahead
        try:
            yield cipher.decrypt(nonce(number, last=last), sealed, b"")
        except (InvalidTag, ValueError):
            raise _why(cipher, number, last, sealed) from None
        if last:
            return
        number += 1


def _why(cipher: AESGCM, number: int, last: bool, sealed: bytes) -> DataError:
    """One that opens as not the last stands at the end: the rest is missing."""
    try:
        if last:
            cipher.decrypt(nonce(number, last=False), sealed, b"")
            return DataError("copy-cut", "The package is cut off: its end is missing.")
    except (InvalidTag, ValueError):
        pass
    return DataError("copy-chunk", "Piece {number} of the package was altered or is cut off.", number=number)


def _parts(chunks: Iterator[bytes], head: Head) -> Iterator[tuple[str, bytes]]:
    held, listed = b"", b""
    for name in PARTS[:-1]:
        while len(held) < 8:
            held += _next(chunks)
        left, held = int.from_bytes(held[:8], "big"), held[8:]
        if left > LIMITS.get(name, 2**53):
            raise _no_fit()
        yield name, b""
        while left:
            held = held or _next(chunks)
            piece, held = held[:left], held[left:]
            left -= len(piece)
            if name == PARTS[0]:
                listed += piece
            yield name, piece
        if name == PARTS[0]:
            _check_clip(Clip.loads(listed), head)
    yield PARTS[-1], held
    for piece in chunks:
        yield PARTS[-1], piece


def _check_clip(clip: Clip, head: Head) -> None:
    if (clip.recording, clip.first, clip.last) != (head.recording, head.body["from"], head.body["to"]):
        raise _no_fit()


def _next(chunks: Iterator[bytes]) -> bytes:
    piece = next(chunks, None)
    if piece is None:
        raise _no_fit()
    return piece


def _no_copy() -> DataError:
    return DataError("copy", "This is not the sealed package of a copy.")


def _no_fit() -> DataError:
    return DataError("copy-parts", "The parts of the package do not fit.")
