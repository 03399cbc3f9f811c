"""How much the spool may still take ([spool] of the settings, and the disk).

A recording is begun only where there is room for the whole of it, counting what others that are begun will
still grow by. Who finds none waits; the others go on, and each receipt makes room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zhilu.errors import DataError
from zhilu.station.config import SpoolLimits
from zhilu.station.spool import COLLECTING, LEFT_FREE, Spool, free_bytes, used_bytes

EVERY_S = 15.0


@dataclass(frozen=True)
class Measured:
    """In bytes. `promised`: what recordings that are begun will still grow by; `limit`: of `used`."""

    used: int
    promised: int
    limit: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used - self.promised)


class Room:
    def __init__(self, spool: Spool, limits: SpoolLimits) -> None:
        self._spool, self._limits = spool, limits
        self._lock = asyncio.Lock()
        self._last = Measured(0, 0, 1)

    async def begin(self, length: int, begin: Callable[[], object]) -> bool:
        """Begin a recording of this length, if there is room for it."""
        async with self._lock:
            # One at a time: two that measure together would both take the last room.
            if (await self.measure()).left < length:
                return False
            await asyncio.to_thread(begin)
            return True

    async def measure(self) -> Measured:
        self._last = await asyncio.to_thread(self._measure)
        return self._last

    async def watch(self) -> None:
        """For the screen."""
        while True:
            await self.measure()
            await asyncio.sleep(EVERY_S)

    def _measure(self) -> Measured:
        used, promised = used_bytes(self._spool.root), self._promised()
        disk = used + max(0, free_bytes(self._spool.root) - LEFT_FREE)
        return Measured(used, promised, min(disk, self._limits.limit_bytes or disk))

    def _promised(self) -> int:
        total = 0
        for recording in self._spool.recordings():
            try:
                state = recording.state
                if state.stage == COLLECTING:
                    held = recording.media.stat().st_size if recording.media.exists() else 0
                    total += max(0, state.length - held)
            except (DataError, OSError):
                continue
        return total

    def to_json(self) -> dict[str, Any]:
        """As last measured."""
        last = self._last
        low = last.left * 100 < last.limit * self._limits.low_percent
        return {"used": last.used + last.promised, "limit": last.limit, "low": low}
