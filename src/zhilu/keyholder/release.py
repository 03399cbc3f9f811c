"""Giving a key away (spec/viewing.md §5, §8): permitted, then in the ledger, then cosigned, then sealed to
the viewer.

The order is the promise. What a crash or a refusal means at each step:

1. rules permit it; the ask is taken           nothing has left, the ask is spent
2. the recording's first line is here; of two shares: the city's keyholder permits it and draws its nonce
                                               nothing has left, nothing is entered
3. a nonce is taken, the entry is posted       the ledger may show a release that never happened: harmless,
   seen
4. the entry is read in the ledger, field for field what was posted; its nonce is spent
5. a cosigned checkpoint covers it             before this there is nothing to give: `release-timeout`
6. the city's share, asked for beside 4, is bound to the leaf that was read here; then it is still permitted
                                               revoked or expired meanwhile: nothing leaves
7. at once, the envelope is opened, the share sealed to the registered viewer key, and forgotten; every
   share of the recording leaves, or none

Nonces live in memory, 60 s by the monotonic clock: after a restart no earlier entry can lead to a release.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from zhilu.encoding import b64u, format_time
from zhilu.errors import DataError
from zhilu.keyholder import rules_recordings, rules_release
from zhilu.keyholder.awaited import NONCE_LIFE_S, Awaited, Logged, timed_out
from zhilu.keyholder.believed import Known, Recording, Room, Wanted
from zhilu.keyholder.city import City
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


class Releases(Awaited):
    """It is the follower's listener. `clock` gives UTC, `monotonic` seconds. `city`: the city's keyholder,
    where there is one."""

    def __init__(
        self,
        *,
        room: Room,
        bureau_key: OpeningKey,
        signer: Signer,
        county: County,
        state: State,
        local: Local,
        city: City | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        life_s: float = NONCE_LIFE_S,
    ) -> None:
        assert life_s <= NONCE_LIFE_S
        super().__init__("nonce")
        self._room, self._bureau_key, self._signer, self._county = room, bureau_key, signer, county
        self._state, self._local, self._known, self._city = state, local, Live(state, local), city
        self._clock, self._monotonic, self.life_s = clock, monotonic, life_s

    async def release(self, viewing: str, ask: dict[str, Any], follower: Follower) -> dict[str, Any]:
        """The answer of spec/viewing.md §5.4; raises DataError or WorldError, and then no key has left."""
        self.check_place()
        now = self._clock()
        permitted = rules_release.permit_release(viewing, ask, now, self._room, self._known)
        self._local.spend(permitted.evidence, self._state.last_count(permitted.viewer.id), _seconds(now))
        line = await self._open_line(permitted.span.recording)
        wanted = self._want(permitted, now, await self._begin_at_city(permitted, ask, line))
        giving = asyncio.create_task(self._share_of_city(wanted))
        try:
            logged = await self._log(wanted, follower)
            others = await giving
        finally:
            giving.cancel()
            await asyncio.gather(giving, return_exceptions=True)
        # Nothing is waited for between this and the sealing: a server that keeps us waiting gains nothing.
        rules_release.still_permitted(permitted, self._clock(), self._known)
        return self._give(permitted, wanted, logged, line, others)

    def _want(self, permitted: Permitted, now: datetime, city_nonce: str | None) -> Wanted:
        expires = min(permitted.until, now + MAX_GRANT_LIFE)
        key = viewer_thumbprint(permitted.viewer.viewer_key)
        nonce = secrets.token_bytes(32)
        viewing = permitted.viewing.request.viewing
        return Wanted(viewing, permitted.span, key, nonce, format_time(expires), city_nonce)

    # The city's keyholder

    async def _begin_at_city(self, permitted: Permitted, ask: dict[str, Any], line: bytes) -> str | None:
        """Its nonce, where the recording has two shares."""
        recording = self._recording(permitted.span.recording)
        if len(rules_recordings.open_line_shares(line, recording, self._known)) == 1:
            return None
        if self._city is None:
            raise DataError(
                "city-unknown", "This recording needs the city's keyholder too; none is set up here."
            )
        return await self._city.begin(permitted.viewing.request.viewing, ask, line)

    async def _share_of_city(self, wanted: Wanted) -> list[tuple[bytes, dict[str, Any]]]:
        """(the leaf that it is bound to, share) of each other keyholder."""
        if self._city is None or wanted.city_nonce is None:
            return []
        return [await self._city.finish(wanted.city_nonce)]

    # The entry

    async def _log(self, wanted: Wanted, follower: Follower) -> Logged:
        deadline = self._monotonic() + self.life_s
        waiting = self.wait_for(
            wanted.nonce, lambda leaf, core: rules_release.check_released(leaf, core, wanted, self._room)
        )
        try:
            async with asyncio.timeout(self.life_s):
                await self._county.post("key-released/1", wanted.core(), None)
                logged = await waiting
                follower.hurry()
                await follower.wait_until(lambda: follower.published > logged.index)
        except TimeoutError:
            raise timed_out() from None
        finally:
            self.forget(wanted.nonce)
        if self._monotonic() > deadline:  # the process slept: a timer would not have rung
            raise timed_out()
        return logged

    async def _open_line(self, recording: str) -> bytes:
        try:
            async with asyncio.timeout(self.life_s):
                return await self._county.open_line(recording)
        except TimeoutError:
            raise timed_out() from None

    def _recording(self, id_: str) -> Recording:
        recording = self._known.recording(id_)
        assert recording is not None, "the request was believed, so the recording was"
        return recording

    def _give(
        self,
        permitted: Permitted,
        wanted: Wanted,
        logged: Logged,
        line: bytes,
        others: list[tuple[bytes, dict[str, Any]]],
    ) -> dict[str, Any]:
        recording = self._recording(wanted.span.recording)
        if any(leaf != logged.leaf for leaf, _ in others):
            raise DataError(
                "city-differs", "The ledger shows the city's keyholder another entry than this one."
            )
        own = sealed_share(line, recording, permitted, logged.leaf, self._known, self._bureau_key)
        shares = sorted([own, *(share for _, share in others)], key=lambda share: int(share["share"]))
        self._local.lend(wanted.viewing, recording.id, wanted.expires, format_time(self._clock()))
        log.info("released: entry %d, recording %s", logged.index, recording.id)
        return {
            "release": {"recording": recording.id, "leaf": b64u(logged.leaf), "shares": shares},
            "grant": self._grant(wanted),
            "journal_key": rules_recordings.sealer_key(recording, self._known),
            "journal_typ": rules_recordings.journal_typ(recording),
        }

    def _grant(self, wanted: Wanted) -> str:
        expires = datetime.fromisoformat(wanted.expires)
        return compact_jws(self._signer, GRANT_TYP, Grant(wanted.viewing, wanted.span, expires).payload())


def sealed_share(
    line: bytes, recording: Recording, permitted: Permitted, leaf: bytes, known: Known, key: OpeningKey
) -> dict[str, Any]:
    """The share that the recording's first line seals to `key`, sealed to the viewer's registered key."""
    shares = rules_recordings.open_line_shares(line, recording, known)
    id_ = UUID(recording.id)
    j, share = find_and_open_share(list(shares), id_, key)
    sealed = release_seal(share, id_, leaf, load_point(permitted.viewer.viewer_key))
    return {"share": j, "sealed": b64u(sealed)}


def _seconds(now: datetime) -> int:
    return int(now.timestamp())
