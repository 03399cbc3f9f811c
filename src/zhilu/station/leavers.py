"""Fingers of people who left: forgotten at the reader.

A person whose finger was enrolled here and whom the roster of a fresh snapshot does not name any more neither
records nor keeps equipment. Who comes back is enrolled again, by two persons. A roster that names nobody
forgets nobody, and while a finger is read nothing is touched.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from zhilu.errors import ZhiluError
from zhilu.station.parts import Parts

log = logging.getLogger(__name__)

EVERY_S = 600.0
FRESH = timedelta(minutes=10)


class Leavers:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._gone: set[str] = set()
        """Of whom the reader knows nothing any more."""

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.forget()
            except ZhiluError as error:
                log.info("fingers of those who left stay for now: %s", error)
            except Exception:
                log.exception("fingers of those who left stay for now")

    async def forget(self) -> None:
        """Once; raises what the reader says."""
        parts, reader, issued = self._parts, self._parts.desk.reader, self._parts.snapshots.issued
        if reader is None or issued is None or parts.clock() - issued > FRESH:
            return
        snapshot = parts.snapshots.current()
        named = {person.id for person in snapshot.roster}
        enrolled = {person for person, station in snapshot.fingers if station == parts.home.kid}
        left = enrolled - named if named else set()
        self._gone &= left
        for person in sorted(left - self._gone):
            if parts.desk.reading:
                return
            if await reader.enrolled(person):
                await reader.forget(person)
                log.warning("the fingers of %s are forgotten: he is in the roster no more", person)
            self._gone.add(person)
