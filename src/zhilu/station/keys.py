"""A security key for the docks is made at the page, and the county keeps it waiting (spec/intake.md §2).

The page asks for whom, the browser makes the key for exactly the challenge that this station composed, the
county checks it and answers the number that the person then says to a system administrator. Nothing is kept
here: what is not finished in time is begun again.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhilu.encoding import b64u, format_time, unb64u, uuid_bytes
from zhilu.errors import CallerError
from zhilu.protocols.dock_keys import Asked, Made, challenge_of, parse_number, post_dock_key
from zhilu.protocols.docking_recorder import GREETING_S
from zhilu.protocols.word_forms import NONCE_SIZE
from zhilu.station.parts import Parts
from zhilu.strictjson import fields

TURN = "key"


@dataclass(frozen=True)
class Pending:
    id: str
    asked: bytes
    until_s: float


class Keys:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._pending: Pending | None = None

    def begin(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`POST /api/keys`: what `navigator.credentials.create` is to be asked."""
        parts, snapshot = self._parts, self._parts.snapshots.current()
        wanted = fields(dict(asked), {"person": str})["person"]
        person = next((one for one in snapshot.roster if one.id == wanted), None)
        if person is None or not (person.officer or person.keeper):
            raise CallerError("person-unknown", "There is no such person.")
        now_s = time.monotonic()
        parts.turn.take(TURN, now_s)
        settings = parts.home.settings
        words = Asked(
            bureau=settings.bureau,
            station=parts.home.kid,
            person=person.id,
            nonce=secrets.token_bytes(NONCE_SIZE),
            at=format_time(parts.clock()),
        ).to_bytes()
        self._pending = Pending(secrets.token_hex(16), words, now_s + GREETING_S)
        return {
            "id": self._pending.id,
            "challenge": b64u(challenge_of(words)),
            "rp_id": settings.kiosk.rp_id,
            "user": {"id": b64u(uuid_bytes(person.id)), "name": person.number, "display": person.name},
            "exclude": [b64u(one) for one in snapshot.credentials_of(person.id)],
            "seconds": GREETING_S,
        }

    async def finish(self, id_: str, answer: Mapping[str, Any]) -> dict[str, str]:
        """`POST /api/keys/ID`: the number, once the county keeps the key. The challenge is used once."""
        pending = self._taken(id_)
        got = fields(dict(answer), {"id": str, "client_data_json": str, "attestation_object": str})
        parts = (unb64u(got["id"]), unb64u(got["client_data_json"]), unb64u(got["attestation_object"]))
        made = Made(pending.asked, *parts)
        return {"number": parse_number(await self._parts.county.ask(post_dock_key(), made.to_bytes()))}

    def cancel(self, id_: str) -> None:
        """`POST /api/keys/ID/cancel`: the page was closed."""
        if self._pending is not None and self._pending.id == id_:
            self._drop()

    def _taken(self, id_: str) -> Pending:
        pending = self._pending
        if pending is None or pending.id != id_:
            raise CallerError("no-ceremony", "The time to sign is over: begin again.")
        self._drop()
        if time.monotonic() > pending.until_s:
            raise CallerError("no-ceremony", "The time to sign is over: begin again.")
        return pending

    def _drop(self) -> None:
        self._pending = None
        self._parts.turn.release(TURN)
