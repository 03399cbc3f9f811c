"""HPKE base mode with an ephemeral key that follows from the input: the same bytes each time.

Written from RFC 9180 §4, §5 and apart from the product, which opens what this seals: so it is an oracle too.
NEVER for anything but TEST vectors: whoever knows the input knows the key.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEM = b"KEM\x00\x10"  # DHKEM(P-256, HKDF-SHA256)
HPKE = b"HPKE\x00\x10\x00\x01\x00\x02"  # with HKDF-SHA256 and AES-256-GCM


class FixedHpke:
    """Takes the place of the product's HPKE suite while vectors are made."""

    def encrypt(self, secret: bytes, key: ec.EllipticCurvePublicKey, info: bytes) -> bytes:
        scalar = hashlib.sha256(b"TEST EPHEMERAL" + info + secret).digest()[:31]
        ephemeral = ec.derive_private_key(int.from_bytes(scalar, "big") + 1, ec.SECP256R1())
        enc, recipient = point(ephemeral.public_key()), point(key)
        eae = extract(KEM, b"", b"eae_prk", ephemeral.exchange(ec.ECDH(), key))
        shared = expand(KEM, eae, b"shared_secret", enc + recipient, 32)
        context = b"\x00" + extract(HPKE, b"", b"psk_id_hash", b"") + extract(HPKE, b"", b"info_hash", info)
        schedule = extract(HPKE, shared, b"secret", b"")
        nonce = expand(HPKE, schedule, b"base_nonce", context, 12)
        return enc + AESGCM(expand(HPKE, schedule, b"key", context, 32)).encrypt(nonce, secret, b"")


def extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return HKDF.extract(SHA256(), salt, b"HPKE-v1" + suite + label + ikm)


def expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(SHA256(), length, labeled).derive(prk)


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
