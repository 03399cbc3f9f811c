"""Requests to stop: the loop in hand asks, nothing is torn out of a write.

SIGTERM is the end of all, as when the machine goes down, and so is SIGHUP, when the terminal is closed; who
is started with SIGHUP ignored (`nohup`) goes on. SIGINT ends what is going on, the recording or the dock.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDS = (signal.SIGTERM, signal.SIGHUP)
STOPS = (*ENDS, signal.SIGINT)


class Signals:
    def __init__(self) -> None:
        self.stopped = self._is_end = False
        self._tell: Callable[[], object] = _nobody

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.stopped = True
        self._is_end = self._is_end or number in ENDS
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
        before = {number: signal.signal(number, self) for number in STOPS if not _is_ignored(number)}
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


def _is_ignored(number: int) -> bool:
    return number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN


def _nobody() -> None:
    pass
