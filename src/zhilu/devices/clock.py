"""Clocks: the recorder's own, and one that a film brings along."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """UTC."""
        ...

    def mono_us(self) -> int:
        """Microseconds since power-on; never goes back."""
        ...


class SystemClock:
    """The machine's clock and a correction that the station's clock gave (spec/docking.md §5); power-on is
    now."""

    def __init__(self, offset_us: int = 0) -> None:
        self.offset_us = offset_us
        self._power_on_ns = time.monotonic_ns()

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(microseconds=self.offset_us)

    def mono_us(self) -> int:
        return (time.monotonic_ns() - self._power_on_ns) // 1000


class MediaClock:
    """Time within a film that is read faster than it was shot: begins now and goes on by the film's own pts.

    Only the time of day is the film's; the monotonic clock stays what it is.
    """

    def __init__(self, base: Clock) -> None:
        self._base, self._begun = base, base.now()
        self._at_us = 0

    def reach(self, pts_us: int) -> None:
        self._at_us = max(self._at_us, pts_us)

    def now(self) -> datetime:
        return self._begun + timedelta(microseconds=self._at_us)

    def mono_us(self) -> int:
        return self._base.mono_us()
