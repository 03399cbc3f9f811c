"""What a person does with a security key in the viewing room, as functions: spec/viewing.md §2, §4, §5.

A `Holder` is a person with a software key at one viewing room. Bytes made here are those that the page's
JavaScript makes; tests compare what both lead to, not the bytes.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from zhilu import strictjson
from zhilu.encoding import b64u, format_time
from zhilu.protocols import viewing as messages
from zhilu.protocols import viewing_after as after
from zhilu.protocols.viewing import Span
from zhilu.sealed.envelopes import derive_viewer_key
from zhilu.sealed.keys import point_bytes
from zhilu.softkey.authenticator import AAGUID, SoftKey


@dataclass
class Holder:
    """`person`: the id in the ledger. The key holds a credential for `rp_id`."""

    key: SoftKey
    person: str
    rp_id: str
    origin: str

    @classmethod
    def new(cls, person: str, rp_id: str, origin: str) -> Holder:
        """A new key with a credential for this viewing room."""
        key = SoftKey()
        key.create(rp_id, origin, person)
        return cls(key, person, rp_id, origin)

    @property
    def credential(self) -> bytes:
        return self.key.credential(self.rp_id).id

    @property
    def viewer_private_key(self) -> ec.EllipticCurvePrivateKey:
        return derive_viewer_key(self.key.prf(messages.PRF_INPUT, self.rp_id))

    @property
    def viewer_point(self) -> bytes:
        return point_bytes(self.viewer_private_key.public_key())

    def sign(self, challenge: bytes) -> dict[str, str]:
        """An assertion over the challenge."""
        return self.key.assert_(challenge, self.rp_id, self.origin)

    def registration(self, roles: Sequence[str]) -> bytes:
        """The bytes that the two witnesses sign."""
        return strictjson.dumps(
            {
                "person": self.person,
                "credential": b64u(self.credential),
                "public_key": b64u(self.key.credential(self.rp_id).public_key),
                "viewer_key": b64u(self.viewer_point),
                "roles": list(roles),
            }
        )

    def binding(self) -> dict[str, Any]:
        """This credential's own word for its viewer key."""
        challenge = messages.viewer_key_challenge(self.credential, self.viewer_point)
        return {"viewer_key": b64u(self.viewer_point), "assertion": self.sign(challenge)}

    def witness(self, registration: bytes) -> dict[str, Any]:
        challenge = messages.registration_challenge(registration)
        return {"credential": b64u(self.credential), "assertion": self.sign(challenge)}

    def revocation(self, credential: bytes, reason: str = "lost") -> dict[str, Any]:
        """Core of `credential-revoked/1`, witnessed by this holder alone: one is enough."""
        assertion = self.sign(messages.revocation_challenge(credential))
        witness = {"credential": b64u(self.credential), "assertion": assertion}
        return {"credential": b64u(credential), "reason": reason, "witnesses": [witness]}

    def request(
        self,
        viewing: str,
        bureau: str,
        spans: Sequence[Span],
        reason: str,
        now: datetime,
        *,
        kind: str = "view",
        purpose: str = "dispute",
        life: timedelta = timedelta(days=1),
        recipient: tuple[bytes, str] | None = None,
    ) -> dict[str, Any]:
        """Body of `POST /api/viewings`: request bytes, assertion, and the reason with its salt.

        `recipient`: of a copy, the key's 65 bytes and the name.
        """
        salt = secrets.token_bytes(32)
        asked: dict[str, Any] = {
            "viewing": viewing,
            "bureau": bureau,
            "viewer": self.person,
            "kind": kind,
            "recordings": [{"id": s.recording, "from": s.first, "to": s.last} for s in spans],
            "purpose": purpose,
            "reason": messages.reason_digest(salt, reason),
            "viewer_key": messages.viewer_thumbprint(self.viewer_point),
            "requested": format_time(now),
            "expires": format_time(now + life),
        }
        told = {"salt": b64u(salt), "reason": reason}
        if recipient is not None:
            key, name = recipient
            asked["recipient"] = {"key": b64u(key), "name": messages.recipient_digest(salt, name)}
            told["recipient"] = name
        request = strictjson.dumps(asked)
        assertion = self.sign(messages.request_challenge(request))
        return {"request": b64u(request), "assertion": assertion, **told}

    def decision(self, request: bytes, now: datetime, *, approve: bool = True) -> dict[str, Any]:
        """Body of `POST /api/viewings/<id>/decision`, over these request bytes."""
        asked = messages.parse_request(request)
        decision = strictjson.dumps(
            {
                "viewing": asked.viewing,
                "approver": self.person,
                "decision": "approve" if approve else "refuse",
                "decided": format_time(now),
                "expires": format_time(asked.expires),
            }
        )
        assertion = self.sign(messages.decision_challenge(request, decision))
        return {"decision": b64u(decision), "assertion": assertion}

    def report(self, request: bytes, text: str, now: datetime) -> dict[str, Any]:
        """Body of `POST /api/viewings/<id>/report`, on the viewing of these request bytes."""
        salt = secrets.token_bytes(32)
        viewing = messages.parse_request(request).viewing
        digest = after.report_digest(salt, text)
        report = strictjson.dumps({"viewing": viewing, "text": digest, "reported": format_time(now)})
        assertion = self.sign(after.report_challenge(request, report))
        return {"report": b64u(report), "assertion": assertion, "salt": b64u(salt), "text": text}

    def screenshot(
        self, viewing: str, recording: str, pts_us: int, sha256_hex: str, now: datetime
    ) -> dict[str, Any]:
        """Body of `POST /api/viewings/<id>/screenshots`."""
        at_ms = int(now.timestamp() * 1000)
        told = {"recording": recording, "pts_us": pts_us, "sha256": sha256_hex, "at_ms": at_ms}
        challenge = after.screenshot_challenge(viewing, recording, pts_us, sha256_hex, at_ms)
        return {**told, "assertion": self.sign(challenge)}

    def release_ask(self, viewing: str, recording: str, now: datetime) -> dict[str, Any]:
        """Body of `POST /api/viewings/<id>/release`."""
        at_ms = int(now.timestamp() * 1000)
        assertion = self.sign(messages.release_challenge(viewing, recording, at_ms))
        return {"recording": recording, "at_ms": at_ms, "assertion": assertion}


def registration_core(
    holder: Holder, roles: Sequence[str], witnesses: Sequence[Holder] = ()
) -> dict[str, Any]:
    """Core of `credential-registered/1`; without witnesses only for pinned credentials."""
    registration = holder.registration(roles)
    return {
        "person": holder.person,
        "credential": b64u(holder.credential),
        "public_key": b64u(holder.key.credential(holder.rp_id).public_key),
        "aaguid": AAGUID.hex(),
        "rp_id": holder.rp_id,
        "registration": b64u(registration),
        "binding": holder.binding(),
        "witnesses": [witness.witness(registration) for witness in witnesses],
    }
