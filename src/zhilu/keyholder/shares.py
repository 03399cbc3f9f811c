"""The second share of a county's recordings (spec/viewing.md §8): what the city's keyholder gives, and when.

It stands where the viewing room's own release stands, with the same rules over its own reading of the
county's ledger; it differs in three things. It enters nothing: the county's keyholder does, with this nonce
in the entry. It therefore does not know the entry before: what it must say is compared with what was
permitted. And nobody waits at a page: `begin` permits and draws the nonce, `finish` waits for the entry and
gives.

What the county's keyholder passes on is believed for what is signed in it: the viewer's assertion, the
recorder's line. A crash or a restart between the two: the nonce is forgotten, nothing is given.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from zhilu import strictjson
from zhilu.encoding import b64u, unb64u
from zhilu.errors import DataError
from zhilu.keyholder import rules_recordings, rules_release
from zhilu.keyholder.awaited import NONCE_LIFE_S, Awaited, Logged, timed_out
from zhilu.keyholder.believed import Room
from zhilu.keyholder.follower import Follower
from zhilu.keyholder.local import Live, Local
from zhilu.keyholder.release import sealed_share
from zhilu.keyholder.rules_release import Permitted
from zhilu.keyholder.state import State
from zhilu.sealed.envelopes import OpeningKey
from zhilu.sealed.keys import thumbprint

log = logging.getLogger("zhilu.keyholder")


@dataclass(frozen=True)
class Begun:
    """A release that was permitted. `until`: of the nonce, by the monotonic clock."""

    permitted: Permitted
    line: bytes
    logged: asyncio.Future[Logged]
    until: float


class Shares(Awaited):
    """It is the follower's listener, as `Releases` is of the room's own ledger."""

    def __init__(
        self,
        *,
        room: Room,
        bureau_key: OpeningKey,
        state: State,
        local: Local,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        life_s: float = NONCE_LIFE_S,
    ) -> None:
        super().__init__("city_nonce")
        self._room, self._bureau_key = room, bureau_key
        self._state, self._local, self._known = state, local, Live(state, local)
        self._clock, self._monotonic, self.life_s = clock, monotonic, life_s
        self._begun: dict[str, Begun] = {}

    def begin(self, body: Mapping[str, Any]) -> str:
        """`{"viewing","ask","line"}` → nonce, b64u."""
        got = strictjson.fields(body, {"viewing": str, "ask": dict, "line": str})
        self._drop_old()
        self.check_place()
        now, line = self._clock(), unb64u(got["line"])
        permitted = rules_release.permit_release(got["viewing"], got["ask"], now, self._room, self._known)
        self._check_line(line, permitted)
        last = self._state.last_count(permitted.viewer.id)
        self._local.spend(permitted.evidence, last, int(now.timestamp()))
        nonce = secrets.token_bytes(32)
        agreed = rules_release.Agreed(permitted, b64u(nonce), now)
        logged = self.wait_for(
            nonce, lambda leaf, core: rules_release.check_agreed(leaf, core, agreed, self._room)
        )
        self._begun[b64u(nonce)] = Begun(permitted, line, logged, self._monotonic() + self.life_s)
        return b64u(nonce)

    async def finish(self, body: Mapping[str, Any], follower: Follower) -> dict[str, Any]:
        """`{"nonce"}` → `{"share","sealed","leaf"}`; raises, and then nothing has left."""
        nonce = strictjson.fields(body, {"nonce": str})["nonce"]
        begun = self._begun.pop(nonce, None)
        if begun is None:
            raise DataError("nonce", "No release waits under this nonce.")
        try:
            logged = await self._published(begun, follower)
        finally:
            self.forget(unb64u(nonce))
        # Nothing is waited for between this and the sealing.
        rules_release.still_permitted(begun.permitted, self._clock(), self._known)
        recording = self._known.recording(begun.permitted.span.recording)
        assert recording is not None, "the request was believed, so the recording was"
        share = sealed_share(
            begun.line, recording, begun.permitted, logged.leaf, self._known, self._bureau_key
        )
        log.info("share given: %s, entry %d, recording %s", self._room.bureau, logged.index, recording.id)
        return {**share, "leaf": b64u(logged.leaf)}

    async def _published(self, begun: Begun, follower: Follower) -> Logged:
        try:
            async with asyncio.timeout(max(0.0, begun.until - self._monotonic())):
                logged = await begun.logged
                follower.hurry()
                await follower.wait_until(lambda: follower.published > logged.index)
        except TimeoutError:
            raise timed_out() from None
        if self._monotonic() > begun.until:  # the process slept: a timer would not have rung
            raise timed_out()
        return logged

    def _check_line(self, line: bytes, permitted: Permitted) -> None:
        """Of two shares, one to this keyholder. Said before anything is entered."""
        recording = self._known.recording(permitted.span.recording)
        assert recording is not None, "the request was believed, so the recording was"
        shares = rules_recordings.open_line_shares(line, recording, self._known)
        kid = thumbprint(self._bureau_key.public_key())
        if len(shares) != 2 or not any(kid == one["to"] for share in shares for one in share["envelopes"]):
            raise DataError("not-a-recipient", "The recording is not sealed to this key.")

    def _drop_old(self) -> None:
        """Begun, and nobody came for it."""
        now = self._monotonic()
        for nonce, begun in list(self._begun.items()):
            if begun.until < now:
                begun.logged.cancel()
                del self._begun[nonce]
                self.forget(unb64u(nonce))
