"""Who sits at the page: sessions by assertion, in memory only; a restart ends them all.

A session lets a person read what waits for him. It opens nothing: requests, decisions and releases each
carry an assertion of their own.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zhilu import strictjson
from zhilu.encoding import b64u, sha256, unb64u
from zhilu.errors import DataError
from zhilu.keyholder import rules
from zhilu.keyholder.believed import Credential, Evidence, Known, Room
from zhilu.protocols.assertions import parse_assertion

CHALLENGE_LIFE_S = 120.0
SESSION_LIFE_S = 8 * 3600.0
MAX_CHALLENGES = 1000
MAX_SESSIONS = 1000


@dataclass(frozen=True)
class Session:
    credential: bytes
    until: float


class Sessions:
    """`monotonic` in seconds. When one store is full, its oldest item goes."""

    def __init__(self, room: Room, known: Known, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._room, self._known, self._monotonic = room, known, monotonic
        self._challenges: dict[bytes, float] = {}
        self._sessions: dict[bytes, Session] = {}

    def begin(self) -> bytes:
        """A challenge, 32 bytes, good once and for CHALLENGE_LIFE_S."""
        challenge = secrets.token_bytes(32)
        _trim(self._challenges, MAX_CHALLENGES)
        self._challenges[challenge] = self._monotonic() + CHALLENGE_LIFE_S
        return challenge

    def check(self, assertion: object) -> tuple[Credential, Evidence]:
        """The live credential that signed one of our challenges. The challenge is spent, whatever comes of
        it."""
        raw = parse_assertion(assertion)
        challenge = _challenge_in(raw.client_data_json)
        if self._challenges.pop(challenge, 0.0) < self._monotonic():
            raise DataError("challenge", "The sign-in took too long; try again.")
        credential = self._known.credential(raw.id)
        if credential is None:
            raise DataError("credential-unknown", "This security key is not registered here.")
        if credential.revoked:
            raise DataError("credential-revoked", "This security key is revoked.")
        return credential, rules.check_signed(assertion, challenge, credential, self._room)

    def open(self, credential: Credential) -> str:
        """A token for the cookie; only its hash is kept."""
        token = secrets.token_bytes(32)
        _trim(self._sessions, MAX_SESSIONS)
        self._sessions[sha256(token)] = Session(credential.id, self._monotonic() + SESSION_LIFE_S)
        return b64u(token)

    def who(self, token: str | None) -> Credential:
        """Raises DataError `session`. A credential that was revoked meanwhile has no session."""
        session = self._sessions.get(_hash(token))
        if session is None or session.until < self._monotonic():
            raise no_session()
        credential = self._known.credential(session.credential)
        if credential is None or credential.revoked:
            raise no_session()
        return credential

    def end(self, token: str | None) -> None:
        self._sessions.pop(_hash(token), None)


def no_session() -> DataError:
    return DataError("session", "Please sign in with your security key.")


def _hash(token: str | None) -> bytes:
    try:
        return sha256(unb64u(token or ""))
    except DataError:
        return b""


def _challenge_in(client_data: bytes) -> bytes:
    try:
        return unb64u(strictjson.fields(strictjson.loads(client_data), {"challenge": str})["challenge"])
    except DataError:
        raise DataError("challenge", "The sign-in took too long; try again.") from None


def _trim(store: dict[bytes, Any], most: int) -> None:
    while len(store) >= most:
        store.pop(next(iter(store)))
