"""What the vectors of the protocols share: TEST keys, strict bodies with one thing changed, assertions.

An assertion is composed here, part by part, not by the software security key: its signature is deterministic
and any part of it can be wrong while the rest is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import encode_cbor

from support.recordings import dump, fixed_bytes, fixed_key
from support.vectors.files import Vector
from zhilu.encoding import b64u, sha256
from zhilu.sealed.keys import ORDER, SoftSigner

RECORDER, STATION = SoftSigner(fixed_key("recorder")), SoftSigner(fixed_key("station"))
OTHER = SoftSigner(fixed_key("another station"))
KEYHOLDER = SoftSigner(fixed_key("keyholder request"))
OFFICER_KEY, STRANGER_KEY = fixed_key("officer security key"), fixed_key("another security key")
CREDENTIAL = fixed_bytes("credential")
AT = "2026-11-24T10:40:03.123Z"
BUREAU = "julu"

UP, UV = 0x01, 0x04


def cose(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The COSE form of a public key."""
    point = key.public_key().public_numbers()
    x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
    return encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})


@dataclass(frozen=True)
class Authenticator:
    """A security key; `client` overrides members of the client data, None drops one."""

    rp_id: str
    origin: str
    key: ec.EllipticCurvePrivateKey = OFFICER_KEY
    credential: bytes = CREDENTIAL
    flags: int = UP | UV
    count: int = 7
    tail: bytes = b""

    def __call__(self, challenge: bytes, /, **client: object) -> dict[str, str]:
        members = {"type": "webauthn.get", "challenge": b64u(challenge), "origin": self.origin}
        members |= {"crossOrigin": False} | client
        return self.over(dump({name: value for name, value in members.items() if value is not None}))

    def over(self, text: bytes) -> dict[str, str]:
        """An assertion over this client data, whatever it is."""
        data = sha256(self.rp_id.encode()) + bytes([self.flags]) + self.count.to_bytes(4, "big") + self.tail
        signature = self.key.sign(data + sha256(text), ec.ECDSA(SHA256(), deterministic_signing=True))
        return {
            "id": b64u(self.credential),
            "authenticator_data": b64u(data),
            "client_data_json": b64u(text),
            "signature": b64u(signature),
        }


def high_s(signature: bytes) -> bytes:
    """The other of the two signatures r ‖ s that fit: with the larger s."""
    return signature[:32] + (ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


Headers = tuple[tuple[str, str], ...]


def vector(
    folder: str, name: str, input_: str, spec: str, expect: str, layer: str, body: bytes, headers: Headers
) -> Vector:
    return Vector(folder, name, input_, spec, expect, "none" if expect == "ok" else layer, body, headers)
