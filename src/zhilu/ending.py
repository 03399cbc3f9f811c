"""The end of tasks that go on until they are told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

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
