"""Requests to stop: the loop in hand asks, nothing is torn out of a write.

SIGTERM is the end of all, as when the machine goes down; SIGINT ends what is going on, the recording or the
dock.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOPS = (signal.SIGTERM, signal.SIGINT)


class Signals:
    def __init__(self) -> None:
        self.stopped = self._is_end = False
        self._tell: Callable[[], object] = _nobody

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.stopped = True
        self._is_end = self._is_end or number == signal.SIGTERM
        self._tell()

    def heard(self) -> None:
        """What is going on has ended: the next request is for what follows, if anything is to follow."""
        self.stopped = self._is_end

    @contextmanager
    def told_to(self, tell: Callable[[], object]) -> Iterator[None]:
        """Whoever waits hears it at once, also what was told before."""
        self._tell = tell
        try:
            if self.stopped:
                tell()
            yield
        finally:
            self._tell = _nobody

    @contextmanager
    def caught(self) -> Iterator[None]:
        before = {number: signal.signal(number, self) for number in STOPS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until told to stop."""
        end = time.monotonic() + seconds
        while not self.stopped and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))


def _nobody() -> None:
    pass
