"""A finger is taken at the reader, after two persons said so and the county wrote it down (words_enrol.py).

The reader itself knows whether the finger is somebody's already: then it is not taken, and `finger-duplicate`
is raised about the person whose it was to become.
"""

from __future__ import annotations

import asyncio
import time

from zhilu.errors import CallerError, DataError
from zhilu.station.parts import Parts

TURN = "finger"
WAIT_S = 0.5


class Fingers:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def enrol(self, subject: str, finger: str) -> None:
        """Waits for its turn, then prompts until the finger is taken. DataError `finger-duplicate`, `finger`,
        `finger-failed`; WorldError `sensor-missing`, `no-finger`; CallerError `no-ceremony`."""
        parts, desk = self._parts, self._parts.desk
        await self._turn()
        try:
            await desk.read(
                self, parts.name_of(subject), lambda reader, prompt: reader.enrol(subject, finger, prompt)
            )
        except DataError as error:
            if error.code == "finger-duplicate":
                parts.alarms.raise_(None, error.code, subject)
            raise
        finally:
            parts.turn.release(TURN)

    async def _turn(self) -> None:
        while True:
            try:
                return self._parts.turn.take(TURN, time.monotonic())
            except CallerError:
                await asyncio.sleep(WAIT_S)
