"""One WebAuthn assertion: did this security key's holder, present and verified, sign this challenge here?

Rules (spec/viewing.md §3, spec/docking.md §4), checked in this order, each a `part` of the code `assertion`:

1.  `form`       four texts, base64url without padding, canonical, none longer than its limit
2.  `client-data` strict JSON with the fields below
3.  `type`       "webauthn.get"
4.  `challenge`  the one text of the bytes the caller expects
5.  `origin`     exactly the caller's
6.  `cross-origin` absent or false; a `topOrigin` comes with cross-origin frames only and is refused too
7.  `authenticator-data` well-formed to the last byte
8.  `rp-id`      its hash
9.  `up`, `uv`   user present, user verified (fingerprint or the key's PIN: nobody can tell which)
10. `signature`  ES256 by the registered key over authenticator data and the hash of the client data

and last, with its own code `sign-count`: greater than the last seen, unless both are zero.

What this leaves to callers: whose credential `id` is, and that a challenge is taken once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from zhilu import strictjson
from zhilu.encoding import b64u, sha256, unb64u
from zhilu.errors import DataError

if TYPE_CHECKING:
    from webauthn.helpers.structs import AuthenticatorData

# Longest raw bytes of each part: an id as WebAuthn limits it, a DER signature of P-256 with room to spare.
LIMITS = {"id": 1023, "authenticator_data": 4096, "client_data_json": 4096, "signature": 128}
MAX_PUBLIC_KEY = 1024


@dataclass(frozen=True)
class RawAssertion:
    """The four raw parts, kept as sent."""

    id: bytes
    authenticator_data: bytes
    client_data_json: bytes
    signature: bytes


def refuse(part: str, **fields: object) -> DataError:
    return DataError("assertion", "The security key's answer is not valid: {part}.", part=part, **fields)


def parse_assertion(assertion: object) -> RawAssertion:
    """The raw parts of `{"id","authenticator_data","client_data_json","signature"}`; others are ignored."""
    if not isinstance(assertion, Mapping):
        raise refuse("form", field="assertion")
    return RawAssertion(**{name: _part(assertion, name, limit) for name, limit in LIMITS.items()})


def _part(assertion: Mapping[str, Any], name: str, limit: int) -> bytes:
    text = assertion.get(name)
    # Length first: nothing is decoded that could not be kept.
    if not isinstance(text, str) or not 0 < len(text) <= (limit * 4 + 2) // 3:
        raise refuse("form", field=name)
    try:
        return unb64u(text)
    except DataError:
        raise refuse("form", field=name) from None


def check_assertion(
    assertion: Mapping[str, Any],
    *,
    challenge: bytes,
    public_key: bytes,
    rp_id: str,
    origin: str,
    last_count: int,
) -> int:
    """The new signCount, to be stored by the caller. `public_key` is the credential's, in COSE.

    Raises DataError: `assertion` with the failing `part`, or `sign-count`.
    """
    raw = parse_assertion(assertion)
    _check_client_data(raw.client_data_json, challenge, origin)
    data = _check_authenticator_data(raw.authenticator_data, rp_id)
    signed = raw.authenticator_data + sha256(raw.client_data_json)
    try:
        public_key_of(public_key).verify(raw.signature, signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise refuse("signature") from None
    if (data.sign_count or last_count) and data.sign_count <= last_count:
        raise DataError(
            "sign-count",
            "The security key's counter went back: it may have been copied.",
            count=data.sign_count,
            last=last_count,
        )
    return data.sign_count


def _check_client_data(client_data: bytes, challenge: bytes, origin: str) -> None:
    try:
        data = strictjson.loads_object(client_data)
        strictjson.fields(data, {"type": str, "challenge": str, "origin": str})
    except DataError as error:
        raise refuse("client-data", why=error.code) from None
    if data["type"] != "webauthn.get":
        raise refuse("type")
    if data["challenge"] != b64u(challenge):
        raise refuse("challenge")
    if data["origin"] != origin:
        raise refuse("origin", origin=data["origin"][:200])
    if data.get("crossOrigin", False) is not False or "topOrigin" in data:
        raise refuse("cross-origin")


def _check_authenticator_data(raw: bytes, rp_id: str) -> AuthenticatorData:
    from webauthn.helpers import parse_authenticator_data  # heavy: only who checks a key loads it

    try:
        data = parse_authenticator_data(raw)
    except Exception:  # the library lets CBOR errors of many kinds through
        raise refuse("authenticator-data") from None
    if data.rp_id_hash != hashlib.sha256(rp_id.encode()).digest():
        raise refuse("rp-id")
    if not data.flags.up:
        raise refuse("up")
    if not data.flags.uv:
        raise refuse("uv")
    return data


def public_key_of(cose: bytes) -> ec.EllipticCurvePublicKey:
    """The P-256 key of a COSE key (ES256 only); DataError `assertion`, part `public-key`."""
    from webauthn.helpers import decode_credential_public_key  # as above
    from webauthn.helpers.cose import COSECRV, COSEAlgorithmIdentifier
    from webauthn.helpers.decode_credential_public_key import DecodedEC2PublicKey

    try:
        if not 0 < len(cose) <= MAX_PUBLIC_KEY or cose[0] == 0x04:  # 0x04: the U2F form, which has no alg
            raise ValueError(len(cose))
        key = decode_credential_public_key(cose)
        if not isinstance(key, DecodedEC2PublicKey) or (key.alg, key.crv) != (
            COSEAlgorithmIdentifier.ECDSA_SHA_256,
            COSECRV.P256,
        ):
            raise ValueError(key)
        if len(key.x) != 32 or len(key.y) != 32:
            raise ValueError(key)
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + key.x + key.y)
    except Exception:  # CBOR errors of many kinds, missing keys, a point that is not on the curve
        raise refuse("public-key") from None
