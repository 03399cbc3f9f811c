"""The authenticator: WebAuthn level 3 registration and assertion, and the PRF extension over hmac-secret.

- Attestation `none`, ES256, user present and verified always, one signature counter for the whole key.
- PRF as browsers do it: salt = SHA-256("WebAuthn PRF" ‖ 0x00 ‖ input), output = HMAC-SHA-256(secret, salt),
  the secret being one per credential.
- It signs for the rpId whose credential it holds and for no other. The browser's check that the origin
  belongs to the rpId is made here too, since there is no browser between.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

from zhilu.durable import replace
from zhilu.encoding import b64u, sha256, unb64u
from zhilu.errors import CallerError, DataError, WorldError

AAGUID = bytes.fromhex("7a68696c752d736f66746b6579000001")  # "zhilu-softkey", 1
USER_PRESENT, USER_VERIFIED, ATTESTED, EXTENSIONS = 0x01, 0x04, 0x40, 0x80

Random = Callable[[int], bytes]


@dataclass
class Credential:
    """One resident credential. `prf_secret`: 32 bytes."""

    id: bytes
    rp_id: str
    user: str
    private_key: ec.EllipticCurvePrivateKey
    prf_secret: bytes

    @property
    def public_key(self) -> bytes:
        """The COSE key, as bytes."""
        point = self.private_key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        return encode_cbor(cose)


@dataclass
class SoftKey:
    """An authenticator with any number of credentials, one for each rpId as a rule."""

    credentials: list[Credential] = field(default_factory=list)
    sign_count: int = 0
    random: Random = secrets.token_bytes

    def create(self, rp_id: str, origin: str, user: str, challenge: bytes | None = None) -> dict[str, Any]:
        """Register: a new credential, and the RegistrationResponseJSON a browser's `toJSON()` gives."""
        _check_origin(rp_id, origin)
        key = ec.generate_private_key(ec.SECP256R1())
        credential = Credential(self.random(32), rp_id, user, key, self.random(32))
        self.credentials.append(credential)
        attested = AAGUID + len(credential.id).to_bytes(2, "big") + credential.id + credential.public_key
        data = self._data(rp_id, ATTESTED | EXTENSIONS) + attested + encode_cbor({"hmac-secret": True})
        statement = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = _client_data("webauthn.create", challenge or self.random(32), origin)
        return {
            "id": b64u(credential.id),
            "rawId": b64u(credential.id),
            "type": "public-key",
            "authenticatorAttachment": "cross-platform",
            "clientExtensionResults": {"prf": {"enabled": True}},
            "response": {
                "clientDataJSON": b64u(client_data),
                "attestationObject": b64u(statement),
                "transports": ["internal"],
            },
        }

    def assert_(
        self, challenge: bytes, rp_id: str, origin: str, allow: Sequence[bytes] | None = None
    ) -> dict[str, str]:
        """An assertion in the form of spec/viewing.md §3: id, authenticator_data, client_data_json,
        signature, all b64u.
        """
        _check_origin(rp_id, origin)
        credential = self.credential(rp_id, allow)
        data = self._data(rp_id, 0)
        client_data = _client_data("webauthn.get", challenge, origin)
        signature = credential.private_key.sign(data + sha256(client_data), ec.ECDSA(hashes.SHA256()))
        return {
            "id": b64u(credential.id),
            "authenticator_data": b64u(data),
            "client_data_json": b64u(client_data),
            "signature": b64u(signature),
        }

    def prf(self, input_: bytes, rp_id: str | None = None) -> bytes:
        """32 bytes; what `prf.eval.first` gives for this input. Without `rp_id`: of the only credential."""
        salt = sha256(b"WebAuthn PRF\x00" + input_)
        return hmac.new(self.credential(rp_id).prf_secret, salt, hashlib.sha256).digest()

    def credential(self, rp_id: str | None = None, allow: Sequence[bytes] | None = None) -> Credential:
        """The newest credential for this rpId, among those allowed."""
        for credential in reversed(self.credentials):
            if rp_id in (None, credential.rp_id) and (not allow or credential.id in allow):
                return credential
        raise CallerError("no-credential", "This security key holds no credential for {rp_id}.", rp_id=rp_id)

    def save(self, path: Path) -> None:
        """Write all keys, readable by the owner only."""
        body = {"type": "zhilu-softkey/1", "sign_count": self.sign_count}
        body["credentials"] = [_to_json(credential) for credential in self.credentials]
        replace(path, json.dumps(body, indent=1).encode())

    @classmethod
    def load(cls, path: Path) -> SoftKey:
        try:
            body = json.loads(path.read_text())
            return cls([_from_json(item) for item in body["credentials"]], body["sign_count"])
        except OSError as error:
            raise WorldError(
                "softkey-file", "The software security key {path} cannot be read.", path=path
            ) from error
        except (ValueError, KeyError, TypeError, DataError) as error:
            raise DataError("softkey-file", "{path} is not a software security key.", path=path) from error

    def _data(self, rp_id: str, flags: int) -> bytes:
        self.sign_count += 1
        flags |= USER_PRESENT | USER_VERIFIED
        return sha256(rp_id.encode()) + bytes([flags]) + self.sign_count.to_bytes(4, "big")


def _client_data(type_: str, challenge: bytes, origin: str) -> bytes:
    body = {"type": type_, "challenge": b64u(challenge), "origin": origin, "crossOrigin": False}
    return json.dumps(body, separators=(",", ":")).encode()


def _check_origin(rp_id: str, origin: str) -> None:
    host = urlsplit(origin).hostname or ""
    if host != rp_id and not host.endswith("." + rp_id):
        raise CallerError(
            "rp-id", "The origin {origin} does not belong to {rp_id}.", origin=origin, rp_id=rp_id
        )


def _to_json(credential: Credential) -> dict[str, str]:
    key = credential.private_key.private_numbers().private_value
    return {
        "id": b64u(credential.id),
        "rp_id": credential.rp_id,
        "user": credential.user,
        "private_key": b64u(key.to_bytes(32, "big")),
        "prf_secret": b64u(credential.prf_secret),
    }


def _from_json(item: dict[str, str]) -> Credential:
    value = int.from_bytes(unb64u(item["private_key"]), "big")
    key = ec.derive_private_key(value, ec.SECP256R1())
    return Credential(unb64u(item["id"]), item["rp_id"], item["user"], key, unb64u(item["prf_secret"]))
