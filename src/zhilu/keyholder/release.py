"""Giving a key away (spec/viewing.md §5): permitted, then in the ledger, then cosigned, then sealed to the
viewer.

The order is the promise. What a crash or a refusal means at each step:

1. rules permit it; the ask is taken           nothing has left, the ask is spent
2. a nonce is taken, the entry is posted       the ledger may show a release that never happened: harmless,
   seen
3. the entry is read in the ledger, field for field what was posted; its nonce is spent
4. a cosigned checkpoint covers it             before this there is nothing to give: `release-timeout`
5. the recording's first line is here, asked for beside 2; then it is still permitted
                                               revoked or expired meanwhile: nothing leaves
6. at once, the envelope is opened, the share sealed to the registered viewer key, and forgotten

Nonces live in memory, 60 s by the monotonic clock: after a restart no earlier entry can lead to a release.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from zhilu.encoding import b64u, format_time
from zhilu.errors import DataError, WorldError
from zhilu.keyholder import rules_recordings, rules_release
from zhilu.keyholder.believed import Room, Wanted
from zhilu.keyholder.county import County
from zhilu.keyholder.follower import Follower
from zhilu.keyholder.local import Live, Local
from zhilu.keyholder.rules_release import Permitted
from zhilu.keyholder.state import State
from zhilu.protocols.viewing import GRANT_TYP, MAX_GRANT_LIFE, Grant, viewer_thumbprint
from zhilu.sealed.envelopes import OpeningKey, find_and_open_share, release_seal
from zhilu.sealed.keys import Signer, load_point
from zhilu.sealed.lines import compact_jws

log = logging.getLogger("zhilu.keyholder")

NONCE_LIFE_S = 60.0
MAX_WAITING = 64  # releases at one time


@dataclass(frozen=True)
class Logged:
    """The entry of a release, as read."""

    index: int
    leaf: bytes


@dataclass
class Waiting:
    wanted: Wanted
    logged: asyncio.Future[Logged]


class Releases:
    """It is the follower's listener. `clock` gives UTC, `monotonic` seconds."""

    def __init__(
        self,
        *,
        room: Room,
        bureau_key: OpeningKey,
        signer: Signer,
        county: County,
        state: State,
        local: Local,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        life_s: float = NONCE_LIFE_S,
    ) -> None:
        assert life_s <= NONCE_LIFE_S
        self._room, self._bureau_key, self._signer, self._county = room, bureau_key, signer, county
        self._state, self._local, self._known = state, local, Live(state, local)
        self._clock, self._monotonic, self.life_s = clock, monotonic, life_s
        self._waiting: dict[str, Waiting] = {}

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    async def release(self, viewing: str, ask: dict[str, Any], follower: Follower) -> dict[str, Any]:
        """The answer of spec/viewing.md §5.4; raises DataError or WorldError, and then no key has left."""
        if len(self._waiting) >= MAX_WAITING:
            raise WorldError("busy", "Too many releases at one time; try again.")
        now = self._clock()
        permitted = rules_release.permit_release(viewing, ask, now, self._room, self._known)
        self._local.spend(permitted.evidence, self._state.last_count(permitted.viewer.id), _seconds(now))
        wanted = self._want(permitted, now)
        coming = asyncio.create_task(self._open_line(wanted))
        try:
            logged = await self._log(wanted, follower)
            line = await coming
        finally:
            coming.cancel()
        # Nothing is waited for between this and the sealing: a server that keeps us waiting gains nothing.
        rules_release.still_permitted(permitted, self._clock(), self._known)
        return self._give(permitted, wanted, logged, line)

    def awaits(self, kind: str, core: dict[str, Any]) -> bool:
        nonce = core.get("nonce")
        return kind == "key-released/1" and isinstance(nonce, str) and nonce in self._waiting

    def on_entry(self, index: int, leaf_bytes: bytes, leaf: dict[str, Any], core: dict[str, Any]) -> None:
        """A `key-released/1` entry was read in the ledger. Its nonce is spent, whatever comes of it."""
        waiting = self._waiting.pop(core["nonce"], None)
        if waiting is None or waiting.logged.done():
            return  # not ours, or too late, or of before a restart
        try:
            rules_release.check_released(leaf, core, waiting.wanted, self._room)
        except DataError as error:
            log.error("entry %d: %s", index, error.code)
            waiting.logged.set_exception(error)
        else:
            waiting.logged.set_result(Logged(index, leaf_bytes))

    def _want(self, permitted: Permitted, now: datetime) -> Wanted:
        expires = min(permitted.until, now + MAX_GRANT_LIFE)
        key = viewer_thumbprint(permitted.viewer.viewer_key)
        nonce = secrets.token_bytes(32)
        viewing = permitted.viewing.request.viewing
        return Wanted(viewing, permitted.span, key, nonce, format_time(expires))

    async def _log(self, wanted: Wanted, follower: Follower) -> Logged:
        deadline = self._monotonic() + self.life_s
        waiting = Waiting(wanted, asyncio.get_running_loop().create_future())
        self._waiting[b64u(wanted.nonce)] = waiting
        try:
            async with asyncio.timeout(self.life_s):
                await self._county.post("key-released/1", wanted.core(), None)
                logged = await waiting.logged
                follower.hurry()
                await follower.wait_until(lambda: follower.published > logged.index)
        except TimeoutError:
            raise _timeout() from None
        finally:
            self._waiting.pop(b64u(wanted.nonce), None)
        if self._monotonic() > deadline:  # the process slept: a timer would not have rung
            raise _timeout()
        return logged

    async def _open_line(self, wanted: Wanted) -> bytes:
        try:
            async with asyncio.timeout(self.life_s):
                return await self._county.open_line(wanted.span.recording)
        except TimeoutError:
            raise _timeout() from None

    def _give(self, permitted: Permitted, wanted: Wanted, logged: Logged, line: bytes) -> dict[str, Any]:
        recording = self._known.recording(wanted.span.recording)
        assert recording is not None, "the request was believed, so the recording was"
        shares = rules_recordings.open_line_shares(line, recording, self._known)
        id_ = UUID(recording.id)
        j, share = find_and_open_share(list(shares), id_, self._bureau_key)
        sealed = release_seal(share, id_, logged.leaf, load_point(permitted.viewer.viewer_key))
        self._local.lend(wanted.viewing, recording.id, wanted.expires, format_time(self._clock()))
        log.info("released: entry %d, recording %s", logged.index, recording.id)
        return {
            "release": {
                "recording": recording.id,
                "share": j,
                "sealed": b64u(sealed),
                "leaf": b64u(logged.leaf),
            },
            "grant": self._grant(wanted),
            "journal_key": rules_recordings.sealer_key(recording, self._known),
            "journal_typ": rules_recordings.journal_typ(recording),
        }

    def _grant(self, wanted: Wanted) -> str:
        expires = datetime.fromisoformat(wanted.expires)
        return compact_jws(self._signer, GRANT_TYP, Grant(wanted.viewing, wanted.span, expires).payload())


def _timeout() -> WorldError:
    return WorldError(
        "release-timeout", "The ledger has not taken the release in time; nothing was released."
    )


def _seconds(now: datetime) -> int:
    return int(now.timestamp())
