"""Tasks end when they are told to, whatever became of the first cancellation."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from zhilu import ending


async def test_whoever_lost_a_cancellation_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_S", 0.01)

    async def loses_it() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        await asyncio.sleep(3600)

    async def fails() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            raise OSError

    tasks = [asyncio.create_task(one()) for one in (loses_it, fails)]
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await ending.ended(tasks)
    assert tasks[0].cancelled() and isinstance(tasks[1].exception(), OSError)


async def test_of_nobody_it_is_the_end_at_once() -> None:
    await ending.ended([])
