"""How much the spool may still take ([spool] of the settings, and the disk).

A recording is begun only where there is room for the whole of it, counting what others that are begun will
still grow by. Who finds none waits; the others go on, and each receipt makes room. Only here is the spool
walked through: the screen, the checks and the county are told of the same figures. What is little room is
the checks' word alone.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zhilu.errors import DataError
from zhilu.station.config import SpoolLimits
from zhilu.station.spool import COLLECTING, LEFT_FREE, Spool, used_bytes

EVERY_S = 15.0


@dataclass(frozen=True)
class Measured:
    """In bytes. `promised`: what recordings that are begun will still grow by; `limit`: of `used`; `free` and
    `disk`: of the whole disk."""

    used: int
    promised: int
    limit: int
    free: int
    disk: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used - self.promised)


class Room:
    def __init__(self, spool: Spool, limits: SpoolLimits) -> None:
        self._spool, self._limits = spool, limits
        self._lock = asyncio.Lock()
        self._last = Measured(0, 0, 1, 0, 1)
        self._at_s: float | None = None

    async def begin(self, length: int, begin: Callable[[], object]) -> bool:
        """Begin a recording of this length, if there is room for it."""
        async with self._lock:
            # One at a time: two that measure together would both take the last room.
            if (await self.measure()).left < length:
                return False
            await asyncio.to_thread(begin)
            return True

    async def measure(self) -> Measured:
        """Now. A full spool has many files: they are counted beside the loop."""
        self._last, self._at_s = await asyncio.to_thread(self._measure), time.monotonic()
        return self._last

    async def lately(self) -> Measured:
        """As last measured, if that is not long ago."""
        old = self._at_s is None or time.monotonic() - self._at_s > EVERY_S
        return await self.measure() if old else self._last

    async def watch(self) -> None:
        """For the screen."""
        while True:
            await self.measure()
            await asyncio.sleep(EVERY_S)

    def _measure(self) -> Measured:
        used, promised = used_bytes(self._spool.root), self._promised()
        whole = shutil.disk_usage(self._spool.root)
        most = used + max(0, whole.free - LEFT_FREE)
        limit = min(most, self._limits.limit_bytes or most)
        return Measured(used, promised, limit, whole.free, whole.total)

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
        return {"used": self._last.used + self._last.promised, "limit": self._last.limit}
