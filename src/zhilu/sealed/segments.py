"""Sealed segments and private fields (spec/sealed-media.md §2, spec/journal.md §4).

- Every segment has its own key, derived from the recording key, the id and the segment's number; the nonce is
  the number. So no pair of key and nonce is used twice while no recording key lives through two sealers.
- The `Sealer` owns the number: it is spent when encryption is called, whatever happens then. A sealer is
  never resumed.
- Id and number are authenticated with the bytes: a segment cannot stand in another place or recording.

What is not done here: storing, signing, checking hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zhilu.encoding import b64u, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.strictjson import dumps, loads_object

KEY_SIZE = 32
TAG_SIZE = 16
MAX_SEGMENT = 16 * 2**20
"""Bytes of plaintext."""
MAX_SEALED = MAX_SEGMENT + TAG_SIZE


class Sealer:
    """Seals the segments of one recording, in order, from 0."""

    def __init__(self, recording_key: bytes, recording: UUID) -> None:
        self._key = recording_key
        self._recording = recording
        self._next = 0
        self._buffer = bytearray()

    def seal(self, plaintext: bytes) -> tuple[int, bytes]:
        """(number, ciphertext ‖ tag)."""
        i, sealed = self.lend(plaintext)
        return i, bytes(sealed)

    def lend(self, plaintext: bytes) -> tuple[int, memoryview]:
        """As `seal`, in a buffer of the sealer's that the next call fills anew: for a recorder, which hashes
        it and writes it away at once. Fresh memory for each segment takes as long as the cipher itself.
        """
        if len(plaintext) > MAX_SEGMENT:
            raise CallerError(
                "segment-size", "A segment of {length} bytes is too large.", length=len(plaintext)
            )
        i, self._next = self._next, self._next + 1
        size = len(plaintext) + TAG_SIZE
        if len(self._buffer) < size:
            self._buffer = bytearray(size)  # what was lent before stays as it is
        sealed = memoryview(self._buffer)[:size]
        cipher = AESGCM(segment_key(self._key, self._recording, i))
        cipher.encrypt_into(_nonce(i), plaintext, _segment_aad(self._recording, i), sealed)
        return i, sealed


def open_segment(recording_key: bytes, recording: UUID, i: int, sealed: bytes) -> bytes:
    """The plaintext of segment i; refuses with `segment-size` or `segment-open`."""
    return open_segment_with(segment_key(recording_key, recording, i), recording, i, sealed)


def open_segment_with(key: bytes, recording: UUID, i: int, sealed: bytes) -> bytes:
    """As `open_segment`, for whoever was given the key of this one segment."""
    if not TAG_SIZE <= len(sealed) <= MAX_SEALED:
        raise DataError("segment-size", "Segment {i} has {length} bytes.", i=i, length=len(sealed))
    try:
        return AESGCM(key).decrypt(_nonce(i), sealed, _segment_aad(recording, i))
    except InvalidTag:
        raise DataError("segment-open", "Segment {i} does not open with the recording's key.", i=i) from None


def seal_segment_with(key: bytes, recording: UUID, i: int, plaintext: bytes) -> bytes:
    """The ciphertext of segment i once more, to compare: only a `Sealer` makes new ones."""
    return AESGCM(key).encrypt(_nonce(i), plaintext, _segment_aad(recording, i))


def recording_key(shares: Sequence[bytes], recording: UUID) -> bytes:
    """K, from all shares in order."""
    if not shares or any(len(share) != KEY_SIZE for share in shares):
        raise CallerError("share-size", "A share is 32 bytes.")
    return _hkdf(b"".join(shares), recording, b"zhilu/split/v1")


def segment_key(recording_key: bytes, recording: UUID, i: int) -> bytes:
    """k_i."""
    return _hkdf(recording_key, recording, b"zhilu/segment-key/v1\x00" + i.to_bytes(4, "big"))


def key_commitment(recording_key: bytes, recording: UUID) -> bytes:
    """What `open.key_commitment` holds; whoever obtains K compares it before use."""
    return _hkdf(recording_key, recording, b"zhilu/key-commitment/v1")


def check_commitment(recording_key: bytes, recording: UUID, commitment: bytes) -> None:
    """Refuses (`commitment`) a key that is not the recording's."""
    if key_commitment(recording_key, recording) != commitment:
        raise DataError("commitment", "The key obtained is not the key of this recording.")


def seal_private(text_key: bytes, recording: UUID, n: int, value: dict[str, Any]) -> str:
    """The `private` field of line n, b64u. One text key seals one value a line, so no nonce comes twice."""
    return b64u(AESGCM(text_key).encrypt(_nonce(n), dumps(value), _private_aad(recording, n)))


def open_private(text_key: bytes, recording: UUID, n: int, private: str) -> dict[str, Any]:
    """The object in `private` of line n; refuses with `private`, `base64` or `json`."""
    try:
        data = AESGCM(text_key).decrypt(_nonce(n), unb64u(private), _private_aad(recording, n))
    except (InvalidTag, ValueError):
        raise DataError("private", "The private part of line {n} does not open.", n=n) from None
    return loads_object(data)


def _hkdf(ikm: bytes, recording: UUID, info: bytes) -> bytes:
    return HKDF(SHA256(), KEY_SIZE, salt=recording.bytes, info=info).derive(ikm)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _segment_aad(recording: UUID, i: int) -> bytes:
    return b"zhilu/segment/v1\x00" + recording.bytes + i.to_bytes(4, "big")


def _private_aad(recording: UUID, n: int) -> bytes:
    return b"zhilu/private/v1\x00" + recording.bytes + n.to_bytes(4, "big")
