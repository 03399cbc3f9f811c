"""What is done to the programs and links of the fault harness, drawn by a seed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TYPE_CHECKING

from support.station_faults_link import DOWN, UP, Harm, Link
from support.station_faults_programs import Program

if TYPE_CHECKING:
    from support.station_faults import Outcome, World

PAUSE_S = (0.05, 0.5)
PATIENCE_S = 2.0
"""So long a harmed link waits for its byte."""
FAR = 120_000
"""The byte that is harmed lies among so many."""


class Harmer:
    """One fault after the other, until there were enough."""

    def __init__(self, world: World, random: Random, outcome: Outcome, enough: int) -> None:
        self._world, self._random, self._outcome, self._enough = world, random, outcome, enough
        kinds: list[tuple[int, str, Callable[[], Awaitable[bool]]]] = [
            (3, "kill-station", lambda: self._kill(world.station)),
            (2, "kill-county", lambda: self._kill(world.county)),
            (1, "stop-county", lambda: self._stop(world.county)),
            (4, "kill-recorder", self._kill_recorder),
            (3, "full-station", lambda: self._fill(world.station)),
            (2, "full-county", lambda: self._fill(world.county)),
            *((3, f"{kind}-recorder", self._at_recorder(kind)) for kind in ("cut", "flip", "lost", "down")),
            *((3, f"{kind}-county", self._at_county(kind)) for kind in ("cut", "flip", "lost", "down")),
        ]
        self._kinds = [(name, do) for weight, name, do in kinds for _ in range(weight)]

    async def run(self) -> None:
        while self._outcome.count < self._enough:
            name, do = self._random.choice(self._kinds)
            if await do():
                self._outcome.faults[name] = self._outcome.faults.get(name, 0) + 1
            await asyncio.sleep(self._random.uniform(*PAUSE_S))

    async def _kill(self, program: Program) -> bool:
        return await self._end(program, program.kill, 0, 0.3)

    async def _stop(self, program: Program) -> bool:
        return await self._end(program, program.stop, 0.3, 1)

    async def _kill_recorder(self) -> bool:
        recorder = self._random.choice(self._world.homes).recorder
        return await self._end(recorder, recorder.kill, 0, 0.3)

    async def _end(self, program: Program, end: Callable[[], None], least_s: float, most_s: float) -> bool:
        """Ended, away for a while, started again. No other harmer may do so at the same time."""
        if program.harmed or not program.runs:
            return False
        program.harmed = True
        try:
            await asyncio.to_thread(end)
            # A recorder may have been dismissed at this very moment: then it is at home already.
            if program.code == 0 and end == program.kill:
                return False
            await asyncio.sleep(self._random.uniform(least_s, most_s))
            program.start()
            return True
        finally:
            program.harmed = False

    async def _fill(self, program: Program) -> bool:
        if not program.runs:
            return False
        program.limit_files(self._random.randrange(60_000))
        await asyncio.sleep(self._random.uniform(0.2, 0.8))
        program.limit_files(None)
        return True

    def _at_recorder(self, kind: str) -> Callable[[], Awaitable[bool]]:
        return lambda: self._harm(self._random.choice(self._world.homes).link, kind)

    def _at_county(self, kind: str) -> Callable[[], Awaitable[bool]]:
        return lambda: self._harm(self._world.county_link, kind)

    async def _harm(self, link: Link, kind: str) -> bool:
        if kind == "down":
            link.down()
            await asyncio.sleep(self._random.uniform(0.1, 0.8))
            await link.up()
            return True
        at = self._random.randrange(8) if kind == "lost" else int(FAR ** self._random.random())
        harm = link.harm = Harm(kind, self._random.choice((UP, DOWN)), at)
        for _ in range(int(PATIENCE_S / 0.05)):
            await asyncio.sleep(0.05)
            if harm.done:
                return True
        if link.harm is harm:
            link.harm = None
        return harm.done
