"""Pictures and copies that a viewer's page hands out (spec/viewing.md §7): permitted, entered, read back
under a cosigned checkpoint; then the page is told, and not before.

What a crash or a refusal means: the ledger may show a picture that nobody was handed. Harmless, and seen.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from zhilu.encoding import sha256
from zhilu.errors import DataError, WorldError
from zhilu.keyholder.believed import Evidence, Room
from zhilu.keyholder.county import County
from zhilu.keyholder.follower import Follower
from zhilu.keyholder.local import Live, Local
from zhilu.keyholder.rules_release import Making, permit_copy, permit_screenshot
from zhilu.keyholder.state import State

RULES = {"screenshot-taken/1": permit_screenshot, "copy-made/1": permit_copy}
WAIT_S = 60.0
MAX_WAITING = 64


class Made:
    """It is a listener of the follower's. `clock` gives UTC."""

    def __init__(
        self,
        *,
        room: Room,
        county: County,
        state: State,
        local: Local,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        wait_s: float = WAIT_S,
    ) -> None:
        self._room, self._county, self._state, self._local = room, county, state, local
        self._known, self._clock, self.wait_s = Live(state, local), clock, wait_s
        self._waiting: dict[tuple[str, bytes], asyncio.Future[int]] = {}

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    async def make(self, kind: str, viewing: str, body: dict[str, Any], follower: Follower) -> int:
        """The index of its entry, which is under a published checkpoint."""
        if len(self._waiting) >= MAX_WAITING:
            raise WorldError("busy", "Too much is being logged at one time; try again.")
        now = self._clock()
        making = Making(viewing, body, now, self._local.lent)
        core, evidence = RULES[kind](making, self._room, self._known)
        self._spend(evidence, now)
        return await self._enter(kind, core, follower)

    def _spend(self, evidence: Evidence, now: datetime) -> None:
        last = self._state.last_count(evidence.credential)
        self._local.spend(evidence, last, int(now.timestamp()))

    async def _enter(self, kind: str, core: dict[str, Any], follower: Follower) -> int:
        key = _key(kind, core)
        entered = self._waiting[key] = asyncio.get_running_loop().create_future()
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.wait_s):
                await self._county.post(kind, core, None)
                index = await entered
                follower.hurry()
                await follower.wait_until(lambda: follower.published > index)
        except TimeoutError:
            raise _timeout() from None
        finally:
            self._waiting.pop(key, None)
        if time.monotonic() - began > self.wait_s:  # the process slept: a timer would not have rung
            raise _timeout()
        return int(index)

    def awaits(self, kind: str, core: dict[str, Any]) -> bool:
        return kind in RULES and _key(kind, core) in self._waiting

    def on_entry(self, index: int, leaf_bytes: bytes, leaf: dict[str, Any], core: dict[str, Any]) -> None:
        waiting = self._waiting.get(_key(leaf["kind"], core))
        if waiting is None or waiting.done():
            return
        if leaf["bureau"] != self._room.bureau:
            waiting.set_exception(DataError("release-differs", "The ledger holds another entry than posted."))
        else:
            waiting.set_result(index)


def _key(kind: str, core: dict[str, Any]) -> tuple[str, bytes]:
    """An entry is known again by all that it says: a core that differs by one field is not awaited."""
    return kind, sha256(json.dumps(core, sort_keys=True).encode())


def _timeout() -> WorldError:
    return WorldError("log-timeout", "The ledger has not taken the entry in time; nothing is handed out.")
