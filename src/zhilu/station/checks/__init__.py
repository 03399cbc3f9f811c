"""Self-checks: one small file each, with `check(look) -> list[Finding]` (docs/operate/station.md).

Every half minute all of them look; what they find stands as an alarm until they find it no more. A check that
fails itself is a defect of ours: what it last found stays, and the others go on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from types import ModuleType

from zhilu.errors import ZhiluError
from zhilu.protocols.collection import Phase
from zhilu.station.alarm import Finding
from zhilu.station.bay import Bay
from zhilu.station.checks import (
    bays,
    certificate,
    clock,
    county,
    disk,
    key,
    registered,
    room,
    sensor,
    snapshot,
    upload,
    waiting,
)
from zhilu.station.checks.look import Look, gather
from zhilu.station.parts import Parts

log = logging.getLogger(__name__)

EVERY_S = 30.0
FIRST_S = 10.0
ALL: tuple[ModuleType, ...] = (
    bays,
    certificate,
    clock,
    county,
    disk,
    key,
    registered,
    room,
    sensor,
    snapshot,
    upload,
    waiting,
)
LITTLE_ROOM = ("disk-full", "disk-low", "spool-full", "spool-low")


class Checks:
    def __init__(self, parts: Parts, bays: Mapping[int, Bay]) -> None:
        self._parts, self._bays = parts, bays
        self._away_since: float | None = None
        self._last: dict[str, list[Finding]] = {}

    async def run(self) -> None:
        await asyncio.sleep(FIRST_S)
        while True:
            self._parts.alarms.found(await self.look())
            await asyncio.sleep(EVERY_S)

    async def look(self) -> list[Finding]:
        """One round of all checks."""
        await self._look_after_the_sensor()
        away_s, broken = self._away_s(), self._broken()
        try:
            look = gather(self._parts, await self._parts.room.lately(), away_s, broken)
            # Keys and certificates are read beside the loop.
            await asyncio.to_thread(self._round, look)
        except OSError as error:
            log.error("the spool cannot be looked at: %s", error)
        return [finding for findings in self._last.values() for finding in findings]

    def _round(self, look: Look) -> None:
        for module in ALL:
            name = module.__name__
            try:
                self._last[name] = module.check(look)
            except Exception:
                log.exception("%s", name)

    async def _look_after_the_sensor(self) -> None:
        try:
            await self._parts.desk.look()
        except (ZhiluError, OSError) as error:
            log.info("the fingerprint reader: %s", error)

    def _away_s(self) -> float | None:
        if self._parts.county.reachable is not False:
            self._away_since = None
            return None
        now_s = time.monotonic()
        if self._away_since is None:
            self._away_since = now_s
        return now_s - self._away_since

    def _broken(self) -> dict[int, str]:
        shown = {number: bay.shown for number, bay in self._bays.items()}
        return {
            number: "internal"
            for number, one in shown.items()
            if one.phase is Phase.FAULT and one.view.message == "internal"
        }
