"""When media may be sent, and how fast ([upload] of the settings): lines are office data in small and go at
once, media wait for the window where there is one. All bays share the rate.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from zhilu.errors import WorldError
from zhilu.station.config import Upload

BEIJING = ZoneInfo("Asia/Shanghai")
BUSY_S = 1.0
"""Longer than this it is the rate that holds the media up, and the screen says so."""


class Outside(WorldError):
    """Not now: the window is closed."""


class Pace:
    def __init__(self, upload: Upload, clock: Callable[[], datetime]) -> None:
        self._upload, self._clock = upload, clock
        self._next_s = 0.0

    @property
    def open(self) -> bool:
        """A window may go over midnight."""
        if self._upload.window is None:
            return True
        begin, end = self._upload.window
        now = self._clock().astimezone(BEIJING).time()
        return begin <= now < end if begin < end else now >= begin or now < end

    @property
    def held(self) -> str | None:
        """What holds media up, for the screen: `window`, `rate` or nothing."""
        if not self.open:
            return "window"
        return "rate" if self._next_s - time.monotonic() > BUSY_S else None

    async def turn(self, length: int) -> None:
        """Before so many bytes are sent; raises Outside."""
        if not self.open:
            raise Outside("upload-window", "Media are not sent at this time of day.")
        if self._upload.bytes_per_s is None:
            return
        now_s = time.monotonic()
        start_s = max(self._next_s, now_s)
        self._next_s = start_s + length / self._upload.bytes_per_s
        await asyncio.sleep(start_s - now_s)
