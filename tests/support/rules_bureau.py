"""A bureau for the keyholder's rules alone: without ledger, network or clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from support.keyholder_world import BUREAU, ORIGIN, RP_ID, person
from support.known import MemoryKnown
from zhilu import strictjson
from zhilu.encoding import b64u, unb64u
from zhilu.errors import DataError
from zhilu.keyholder import rules_viewings as viewings
from zhilu.keyholder.believed import Credential, Recording, Room, Taken, Viewing
from zhilu.protocols import viewing as messages
from zhilu.protocols.viewing import Span
from zhilu.sealed.keys import SoftSigner
from zhilu.softkey.ceremonies import Holder

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ROOM = Room(BUREAU, RP_ID, ORIGIN, {})
RECORDING = "0193f0a0-0000-7000-8000-000000000001"
VIEWING = "0193f0a0-0000-7000-8000-0000000000aa"
Core = dict[str, Any]


def register(known: MemoryKnown, holder: Holder, *roles: str) -> Holder:
    public_key = holder.key.credential(RP_ID).public_key
    credential = Credential(holder.credential, holder.person, public_key, holder.viewer_point, roles)
    known.credentials[holder.credential] = credential
    return holder


class Bureau:
    """Two administrators, a viewer, an approver, one recording."""

    def __init__(self) -> None:
        self.known = MemoryKnown()
        self.admins = [register(self.known, person(), "security-administrator") for _ in range(2)]
        self.viewer = register(self.known, person(), "viewer")
        self.approver = register(self.known, person(), "approver")
        self.recorder = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
        self.known.recorders[self.recorder.kid] = self.recorder.jwk
        self.known.recordings[RECORDING] = Recording(RECORDING, self.recorder.kid, 10)

    def request_core(self, by: Holder | None = None, **changed: Any) -> Core:
        by = by or self.viewer
        made = by.request(VIEWING, BUREAU, [Span(RECORDING, 0, 9)], "r", NOW)
        raw = strictjson.dumps(strictjson.loads(unb64u(made["request"])) | changed)
        return {"request": b64u(raw), "assertion": by.sign(messages.request_challenge(raw))}

    def requested(self) -> Viewing:
        viewing, _ = viewings.accept_request(self.request_core(), ROOM, self.known)
        self.known.viewings[VIEWING] = viewing
        return viewing

    def decision_core(self, by: Holder | None = None, **changed: Any) -> Core:
        by, request = by or self.approver, self.known.viewings[VIEWING].raw
        raw = strictjson.dumps(strictjson.loads(unb64u(by.decision(request, NOW)["decision"])) | changed)
        assertion = by.sign(messages.decision_challenge(request, raw))
        return {"viewing": VIEWING, "decision": b64u(raw), "assertion": assertion}

    def approved(self) -> Taken:
        self.requested()
        taken, _ = viewings.accept_decision(self.decision_core(), ROOM, self.known)
        self.known.decide(taken)
        return taken


def refusal(work: Any, *arguments: Any) -> str:
    with pytest.raises(DataError) as caught:
        work(*arguments)
    return caught.value.code
