"""The end of what goes on until it is told to stop: tasks, and a command that has something to take away."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

ENDS = (signal.SIGTERM, signal.SIGHUP)

AGAIN_S = 5.0
"""Whoever has not ended then is told again: aiohappyeyeballs loses a cancellation that comes while it ends
the slower of two connections.
"""


async def ended(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Tells them, and waits until all have ended, however they did."""
    told = going = set(tasks)
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=AGAIN_S)
    await asyncio.gather(*told, return_exceptions=True)


@contextmanager
def told_as_an_error() -> Iterator[None]:
    """SIGTERM and SIGHUP end what is within as an error does, as Ctrl-C anyway: what is half made is taken
    away, and being told again does not end that. Who was started with SIGHUP ignored (`nohup`) goes on.
    """

    def end(number: int, _frame: object) -> None:
        for one in ENDS:
            signal.signal(one, signal.SIG_IGN)
        sys.exit(128 + number)

    heard = [one for one in ENDS if signal.getsignal(one) != signal.SIG_IGN]
    before = {one: signal.signal(one, end) for one in heard}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
