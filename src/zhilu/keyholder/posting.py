"""What every desk of the viewing room does: an act is checked by the rules as its ledger entry will be, its
security key's counter is taken, and the entry is posted. It counts only when it comes back through the ledger
(`follower`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from zhilu.errors import DataError
from zhilu.keyholder.believed import Evidence, Room
from zhilu.keyholder.county import County
from zhilu.keyholder.follower import Follower
from zhilu.keyholder.local import Live, Local
from zhilu.keyholder.state import State

MAX_CLOCK_SKEW = timedelta(minutes=5)
FOLLOW_WAIT_S = 10.0


class Posting:
    """`follow_wait_s`: how long an answer waits to be read back, so that the next step finds it."""

    def __init__(
        self,
        *,
        room: Room,
        county: County,
        follower: Follower,
        state: State,
        local: Local,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        follow_wait_s: float = FOLLOW_WAIT_S,
    ) -> None:
        self._room, self._county, self._follower = room, county, follower
        self._state, self._local, self.known = state, local, Live(state, local)
        self._clock, self.follow_wait_s = clock, follow_wait_s

    def spend(self, evidence: Evidence) -> None:
        now_s = int(self._clock().timestamp())
        self._local.spend(evidence, self._state.last_count(evidence.credential), now_s)

    def check_clock(self, said: datetime) -> None:
        if abs(self._clock() - said) > MAX_CLOCK_SKEW:
            raise DataError("request-time", "The clock of this computer is wrong.")

    async def read_back(self, done: Callable[[], bool]) -> None:
        """Wait a little until what was posted is read in the ledger; not yet is no error."""
        try:
            async with asyncio.timeout(self.follow_wait_s):
                await self._follower.wait_until(done)
        except TimeoutError:
            pass
