"""Cosignatures: C2SP tlog-cosignature, the Ed25519 kind (`cosignature/v1`, key type 0x04).

A cosigner signs "cosignature/v1 LF time <Unix seconds> LF" and the checkpoint's text, and sends time (u64)
and signature (64 bytes). It says: at this time, the largest tree that I saw of this ledger, consistent
with all I had seen, had this root. Time 0 and times beyond the year 9998, which no page could show, are
refused.

Only `tlog.witness` should call `cosign`: a cosignature without the check of consistency is a lie.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhilu.errors import CallerError
from zhilu.tlog.note import NamedKey, NoteError, Signature, verify_ed25519

COSIGNATURE_V1 = 0x04
MAX_TIME = 253_370_764_799
"""The last second of 9998 (UTC), the last year of a time in these protocols."""


@dataclass(frozen=True)
class CosignatureVerifier(NamedKey):
    """Of a cosigner's key (type 0x04)."""

    TYPE = COSIGNATURE_V1

    def verify(self, text: str, data: bytes) -> None:
        verify_ed25519(self.public_key, data[8:], _message(text, timestamp(data)), self.name)


class CosignatureSigner:
    """A cosigner. Its Ed25519 key signs nothing else, under no other name."""

    def __init__(self, name: str, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        self.verifier = CosignatureVerifier(name, private_key.public_key().public_bytes_raw())

    @property
    def name(self) -> str:
        return self.verifier.name

    @property
    def vkey(self) -> str:
        return self.verifier.vkey

    def sign(self, text: str, unix_time: int) -> Signature:
        if not 0 < unix_time <= MAX_TIME:
            raise CallerError("cosignature-time", "A cosignature needs a time.")
        signature = self._private_key.sign(_message(text, unix_time))
        return Signature(self.name, self.verifier.key_id, unix_time.to_bytes(8, "big") + signature)


def cosign(text: str, signer: CosignatureSigner, unix_time: int) -> Signature:
    """A cosignature of the checkpoint text at `unix_time` seconds."""
    return signer.sign(text, unix_time)


def timestamp(data: bytes) -> int:
    """Unix seconds of a cosignature; says nothing about whose it is."""
    time = int.from_bytes(data[:8], "big")
    if len(data) != 72 or not 0 < time <= MAX_TIME:
        raise NoteError("note-signature", "A cosignature has another length, or no time.")
    return time


def _message(text: str, unix_time: int) -> bytes:
    return f"cosignature/v1\ntime {unix_time}\n{text}".encode()
