"""Envelopes: keys sealed by HPKE to those whom the ledger named (spec/envelopes.md, spec/viewing.md §5).

- HPKE base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; empty aad; enc ‖ ciphertext in one.
- The info string names purpose, suite, recording, share and recipient: an envelope opens only in its place.
- Each share is sealed to the keyholder and to that keyholder's escrow key, and to nobody else.
- The key of a copy's package is sealed to its recipient, and to the package's head.
- What a person said at a station's page is sealed to the text key too: such envelopes have no fixed length.
- Whoever opens an envelope compares the share's hash with the signed `open` line: `check_share`.

The recorder cannot open what it sealed: it keeps no private half.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from zhilu.encoding import b64u, h, hex32, sha256, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.sealed.exchange import ExchangeKey
from zhilu.sealed.keys import ORDER, thumbprint, thumbprint_bytes
from zhilu.sealed.policy import Policy, check_recipients
from zhilu.sealed.segments import KEY_SIZE

__all__ = [
    "SUITE",
    "OpeningKey",
    "Policy",
    "check_recipients",
    "check_share",
    "copy_open",
    "copy_seal",
    "derive_key_pair",
    "derive_viewer_key",
    "find_and_open_share",
    "make_shares",
    "make_text",
    "open_share",
    "open_text_key",
    "open_word",
    "release_open",
    "release_seal",
    "seal_share",
    "seal_text_key",
    "seal_word",
    "share_hash",
]

SUITE = "zhilu-1"
ENVELOPE_SIZE = 65 + KEY_SIZE + 16
"""Bytes: encapsulated point, 32 bytes of key, tag."""

OpeningKey = ec.EllipticCurvePrivateKey | ExchangeKey
"""In the hand, or in a token that gives the Diffie-Hellman only."""

_HPKE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def share_hash(recording: UUID, j: int, share: bytes) -> bytes:
    """What `open.shares[j-1].hash` holds; j counts from 1."""
    return h("zhilu/share/v1", recording.bytes, bytes([j]), share)


def check_share(recording: UUID, j: int, share: bytes, expected: bytes) -> None:
    """Refuses (`share-hash`) a share that is not the one of the signed `open` line."""
    if share_hash(recording, j, share) != expected:
        raise DataError("share-hash", "Share {j} is not the one that the recorder signed.", j=j)


def seal_share(share: bytes, recording: UUID, j: int, public_key: ec.EllipticCurvePublicKey) -> bytes:
    """113 bytes."""
    return _seal(share, public_key, _share_info(recording, j, public_key))


def open_share(sealed: bytes, recording: UUID, j: int, private_key: OpeningKey) -> bytes:
    """32 bytes; refuses (`envelope`) what does not open with this key as this share. Then `check_share`."""
    return _open(sealed, private_key, _share_info(recording, j, private_key.public_key()))


def seal_text_key(text_key: bytes, recording: UUID, public_key: ec.EllipticCurvePublicKey) -> bytes:
    """113 bytes, to the county's text key."""
    return _seal(text_key, public_key, _text_info(recording, public_key))


def open_text_key(sealed: bytes, recording: UUID, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """32 bytes; refuses with `envelope`."""
    return _open(sealed, private_key, _text_info(recording, private_key.public_key()))


def release_seal(share: bytes, recording: UUID, leaf: bytes, viewer_key: ec.EllipticCurvePublicKey) -> bytes:
    """A share for one viewer, bound to the bytes of the `key-released/1` leaf that logged it."""
    return _seal(share, viewer_key, _release_info(recording, leaf))


def release_open(
    sealed: bytes, recording: UUID, leaf: bytes, viewer_key: ec.EllipticCurvePrivateKey
) -> bytes:
    """32 bytes; refuses with `envelope`."""
    return _open(sealed, viewer_key, _release_info(recording, leaf))


def seal_word(request: bytes, digest: bytes, public_key: ec.EllipticCurvePublicKey) -> bytes:
    """What a person said at a station's page, to the county's text key (spec/docking.md §8): enc ‖
    ciphertext. `digest`: the word's W."""
    return _HPKE.encrypt(request, public_key, _word_info(digest, public_key))


def open_word(sealed: bytes, digest: bytes, private_key: OpeningKey) -> bytes:
    """Refuses with `envelope`, also what was sealed as another word."""
    return _decrypt(sealed, private_key, _word_info(digest, private_key.public_key()))


def copy_seal(content_key: bytes, head: bytes, public_key: ec.EllipticCurvePublicKey) -> bytes:
    """113 bytes: the content key of a copy's package (spec/copies.md §3). `head`: SHA-256 of its head."""
    return _seal(content_key, public_key, _copy_info(head, public_key))


def copy_open(sealed: bytes, head: bytes, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """32 bytes; refuses with `envelope`."""
    return _open(sealed, private_key, _copy_info(head, private_key.public_key()))


def make_shares(
    policy: Policy, recording: UUID, random: Callable[[int], bytes] = secrets.token_bytes
) -> tuple[list[bytes], list[dict[str, Any]]]:
    """Fresh shares, and the field `open.shares` that carries them."""
    shares = [random(KEY_SIZE) for _ in policy.shares]
    return shares, [_share_field(policy, recording, j, share) for j, share in enumerate(shares, start=1)]


def make_text(
    policy: Policy, recording: UUID, random: Callable[[int], bytes] = secrets.token_bytes
) -> tuple[bytes, dict[str, str]]:
    """A fresh text key, and the field `open.text` that carries it."""
    text_key = random(KEY_SIZE)
    sealed = seal_text_key(text_key, recording, policy.text_key)
    return text_key, {"to": thumbprint(policy.text_key), "sealed": b64u(sealed)}


def find_and_open_share(
    shares: list[dict[str, Any]], recording: UUID, private_key: OpeningKey
) -> tuple[int, bytes]:
    """(j, share) of the envelope addressed to this key in `open.shares`, its hash checked.

    Refuses with `not-a-recipient`, `envelope` or `share-hash`.
    """
    kid = thumbprint(private_key.public_key())
    for j, field in enumerate(shares, start=1):
        for envelope in field["envelopes"]:
            if envelope["to"] == kid:
                share = open_share(unb64u(envelope["sealed"]), recording, j, private_key)
                check_share(recording, j, share, hex32(field["hash"]))
                return j, share
    raise DataError("not-a-recipient", "The recording is not sealed to this key.")


def derive_viewer_key(prf_output: bytes) -> ec.EllipticCurvePrivateKey:
    """The viewer's key pair from the 32 bytes that the security key gives (spec/viewing.md §2)."""
    if len(prf_output) != 32:
        raise CallerError("prf-output", "The output of PRF has 32 bytes.")
    return derive_key_pair(prf_output)


def derive_key_pair(ikm: bytes) -> ec.EllipticCurvePrivateKey:
    """DeriveKeyPair of RFC 9180 §7.1.3 for DHKEM(P-256, HKDF-SHA256)."""
    prk = HKDF.extract(SHA256(), b"", b"HPKE-v1" + _KEM_ID + b"dkp_prk" + ikm)
    for counter in range(256):
        info = (32).to_bytes(2, "big") + b"HPKE-v1" + _KEM_ID + b"candidate" + bytes([counter])
        scalar = int.from_bytes(HKDFExpand(SHA256(), 32, info).derive(prk), "big")
        if 0 < scalar < ORDER:
            return ec.derive_private_key(scalar, ec.SECP256R1())
    raise CallerError("derive-key-pair", "No key pair follows from this input.")


_KEM_ID = b"KEM" + (0x0010).to_bytes(2, "big")


def _share_field(policy: Policy, recording: UUID, j: int, share: bytes) -> dict[str, Any]:
    holders = policy.shares[j - 1]
    return {
        "hash": share_hash(recording, j, share).hex(),
        "envelopes": [
            {"to": thumbprint(key), "sealed": b64u(seal_share(share, recording, j, key))}
            for key in (holders.keyholder, holders.escrow)
        ],
    }


def _share_info(recording: UUID, j: int, key: ec.EllipticCurvePublicKey) -> bytes:
    return b"zhilu/recording-key/v1\x00zhilu-1\x00" + recording.bytes + bytes([j]) + thumbprint_bytes(key)


def _text_info(recording: UUID, key: ec.EllipticCurvePublicKey) -> bytes:
    return b"zhilu/text-key/v1\x00zhilu-1\x00" + recording.bytes + thumbprint_bytes(key)


def _release_info(recording: UUID, leaf: bytes) -> bytes:
    return b"zhilu/release/v1\x00" + recording.bytes + sha256(leaf)


def _word_info(digest: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    return b"zhilu/word/v1\x00zhilu-1\x00" + digest + thumbprint_bytes(key)


def _copy_info(head: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    return b"zhilu/copy/v1\x00zhilu-1\x00" + head + thumbprint_bytes(key)


def _seal(secret: bytes, key: ec.EllipticCurvePublicKey, info: bytes) -> bytes:
    if len(secret) != KEY_SIZE:
        raise CallerError("share-size", "A share is 32 bytes.")
    return _HPKE.encrypt(secret, key, info)


def _open(sealed: bytes, key: OpeningKey, info: bytes) -> bytes:
    return _decrypt(sealed if len(sealed) == ENVELOPE_SIZE else b"", key, info)


def _decrypt(sealed: bytes, key: OpeningKey, info: bytes) -> bytes:
    try:
        if isinstance(key, ExchangeKey):
            return key.decrypt(sealed, info)
        return _HPKE.decrypt(sealed, key, info)
    except (InvalidTag, ValueError):
        raise DataError("envelope", "The envelope does not open with this key.") from None
