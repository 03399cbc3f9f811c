"""P-256 keys and ES256 signatures (spec/journal.md §1, §2).

- One public key has one name: its RFC 7638 thumbprint, `kid`.
- A JWK is taken only if it is a public P-256 key: kty, crv, x, y, the point on the curve, no private part.
- A signature is r ‖ s, 64 bytes, 1 ≤ s ≤ n/2. Of the two signatures (r, s) and (r, n-s) only one counts, so
  nobody can make a second line from a valid one without the key. Signers normalise; verifiers refuse.

Where keys live is not said here: a `Signer` may be a file, a token, a TPM.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from zhilu.encoding import b64u, sha256, unb64u
from zhilu.errors import DataError
from zhilu.strictjson import dumps

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""n, the order of P-256."""

SIGNATURE_SIZE = 64


class Signer(Protocol):
    """Whoever can sign with one P-256 key."""

    @property
    def kid(self) -> str: ...

    @property
    def jwk(self) -> dict[str, str]: ...

    def sign(self, data: bytes) -> bytes:
        """64 bytes r ‖ s, s ≤ n/2, over SHA-256 of `data`."""
        ...


class SoftSigner:
    """A key in memory. Deterministic nonces (RFC 6979): a bad random source cannot give the key away."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._key = private_key
        self.jwk = public_jwk(private_key.public_key())
        self.kid = thumbprint(self.jwk)

    def sign(self, data: bytes) -> bytes:
        return low_s(self._key.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True)))


def low_s(der: bytes) -> bytes:
    """r ‖ s with the smaller s, from a DER signature."""
    r, s = decode_dss_signature(der)
    s = min(s, ORDER - s)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify_es256(public_key: ec.EllipticCurvePublicKey, data: bytes, signature: bytes) -> None:
    """Refuses with `high-s` or `signature`."""
    if len(signature) != SIGNATURE_SIZE:
        raise DataError("signature", "The signature has {length} bytes instead of 64.", length=len(signature))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not 1 <= s <= ORDER // 2:
        raise DataError("high-s", "The signature is not in its one allowed form (s above n/2, or zero).")
    try:
        public_key.verify(encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise DataError("signature", "The signature does not fit the key and the data.") from None


def public_jwk(public_key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """{kty, crv, x, y}."""
    numbers = public_key.public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": b64u(numbers.x.to_bytes(32, "big")),
        "y": b64u(numbers.y.to_bytes(32, "big")),
    }


def load_jwk(jwk: object) -> ec.EllipticCurvePublicKey:
    """The public key of a JWK; refuses (`jwk`) all but a public P-256 key. Unknown members are ignored."""
    if not isinstance(jwk, Mapping) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or "d" in jwk:
        raise _not_a_key()
    return load_point(b"\x04" + _coordinate(jwk.get("x")) + _coordinate(jwk.get("y")))


def load_point(point: bytes) -> ec.EllipticCurvePublicKey:
    """The public key of an uncompressed point of 65 bytes; refuses (`jwk`) what is not on the curve."""
    if len(point) != 65:
        raise _not_a_key()
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise _not_a_key() from None


def point_bytes(public_key: ec.EllipticCurvePublicKey) -> bytes:
    """65 bytes, uncompressed."""
    return public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def thumbprint_bytes(key: ec.EllipticCurvePublicKey | Mapping[str, str]) -> bytes:
    """RFC 7638 thumbprint, 32 raw bytes, of a public key or of the JWK of one."""
    jwk = public_jwk(key if isinstance(key, ec.EllipticCurvePublicKey) else load_jwk(key))
    return sha256(dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}))


def thumbprint(key: ec.EllipticCurvePublicKey | Mapping[str, str]) -> str:
    """The kid: RFC 7638 thumbprint as b64u, 43 characters."""
    return b64u(thumbprint_bytes(key))


def load_private_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """An unencrypted P-256 private key from PEM; refuses (`private-key`) anything else."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise DataError("private-key", "This file holds no private key that can be read.") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise DataError("private-key", "This file holds a private key of another kind than P-256.")
    return key


def _coordinate(text: object) -> bytes:
    data = unb64u(text) if isinstance(text, str) else b""
    if len(data) != 32:
        raise _not_a_key()
    return data


def _not_a_key() -> DataError:
    return DataError("jwk", "This is not a public key on the curve P-256.")
