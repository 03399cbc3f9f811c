"""The clock of the demonstration, set by the plan: one time for server, keyholder and all devices; and
the ids and other random bytes that are the same at every build.

Keys are no part of that: each program makes its own, anew at every build.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from zhilu.encoding import uuid7
from zhilu.server.ledger import clock


class Hands:
    """`now` moves on by a little at every look: no two things happen at one moment."""

    def __init__(self, at: datetime, seed: str) -> None:
        self._at = at.astimezone(UTC)
        self._random = random.Random(seed)  # noqa: S311 - no key comes of it

    def now(self) -> datetime:
        self._at += timedelta(milliseconds=1)
        return self._at

    def unix(self) -> float:
        return self.now().timestamp()

    def go_to(self, at: datetime) -> None:
        """Forward only."""
        self._at = max(self._at, at.astimezone(UTC))

    def go_on(self, **step: float) -> None:
        self._at += timedelta(**step)

    def bytes(self, count: int) -> bytes:
        """For ids: the same at every build."""
        return self._random.randbytes(count)


class DeviceClock:
    """A recorder's own clock, wrong by `drift`; in the form of `zhilu.devices.clock.SystemClock`."""

    def __init__(self, hands: Hands, drift: timedelta) -> None:
        self.hands, self.drift = hands, drift
        self.offset_us = 0
        self._power_on = hands.now()

    def power_on(self) -> None:
        self._power_on = self.hands.now()

    def now(self) -> datetime:
        return self.hands.now() + self.drift + timedelta(microseconds=self.offset_us)

    def mono_us(self) -> int:
        return (self.hands.now() - self._power_on) // timedelta(microseconds=1)


def id_of(seed: str, name: str, at: datetime) -> UUID:
    """The id of a thing that the plan names."""
    return uuid7(int(at.timestamp() * 1000), hashlib.sha256(f"{seed}/{name}".encode()).digest()[:10])


@contextmanager
def server_time(hands: Hands) -> Iterator[None]:
    """The server goes by these hands inside."""
    with clock.set_to(hands.now, hands.bytes):
        yield
