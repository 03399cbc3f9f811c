"""Opening an HPKE envelope with a private key that lies elsewhere: a token gives the Diffie-Hellman value and
keeps the key (spec/envelopes.md §1, docs/adr/0017).

RFC 9180, base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, one message. What the library's HPKE
does with a private key in the hand is composed here of its HKDF and AES-GCM, step by step as §4.1 and §5.1
say; the point in the envelope is checked to be on the curve before any key touches it. Everybody else seals
and opens with the library.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from zhilu.errors import DataError
from zhilu.sealed.keys import load_point, point_bytes

KEM, KDF, AES_256_GCM = 0x0010, 0x0001, 0x0002
KEY_LENGTH = {0x0001: 16, AES_256_GCM: 32}
"""Of AES-GCM. 128 stands here for the RFC's own vectors."""
NONCE_LENGTH = 12
POINT, SECRET, TAG = 65, 32, 16  # bytes

Exchange = Callable[[bytes], bytes]
"""From another's public point (65 bytes) to the x-coordinate of the shared one (32 bytes)."""


class ExchangeKey:
    """A private key of which only this can be had: its public half, and a Diffie-Hellman."""

    def __init__(self, public_key: ec.EllipticCurvePublicKey, exchange: Exchange) -> None:
        self._public, self._exchange = public_key, exchange

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public

    def decrypt(self, sealed: bytes, info: bytes, aead: int = AES_256_GCM, aad: bytes = b"") -> bytes:
        """Of enc ‖ ciphertext. Raises InvalidTag or ValueError, as the library's does."""
        if len(sealed) < POINT + TAG:
            raise InvalidTag
        enc, ciphertext = sealed[:POINT], sealed[POINT:]
        try:
            load_point(enc)
        except DataError:
            raise InvalidTag from None
        shared = shared_secret(self._exchange(enc), enc, point_bytes(self._public))
        key, nonce = schedule(shared, info, aead)
        return AESGCM(key).decrypt(nonce, ciphertext, aad)


def shared_secret(dh: bytes, enc: bytes, recipient: bytes) -> bytes:
    """ExtractAndExpand of RFC 9180 §4.1. `recipient`: its public point."""
    if len(dh) != SECRET or not any(dh):
        raise ValueError("no Diffie-Hellman value")
    suite = b"KEM" + KEM.to_bytes(2, "big")
    prk = _extract(suite, b"", b"eae_prk", dh)
    return _expand(suite, prk, b"shared_secret", enc + recipient, SECRET)


def schedule(shared: bytes, info: bytes, aead: int) -> tuple[bytes, bytes]:
    """KeySchedule of RFC 9180 §5.1 in base mode: key and nonce of the first message."""
    suite = b"HPKE" + b"".join(one.to_bytes(2, "big") for one in (KEM, KDF, aead))
    context = b"\x00" + _extract(suite, b"", b"psk_id_hash", b"") + _extract(suite, b"", b"info_hash", info)
    secret = _extract(suite, shared, b"secret", b"")
    key = _expand(suite, secret, b"key", context, KEY_LENGTH[aead])
    return key, _expand(suite, secret, b"base_nonce", context, NONCE_LENGTH)


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return HKDF.extract(SHA256(), salt, b"HPKE-v1" + suite + label + ikm)


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(SHA256(), length, labelled).derive(prk)
