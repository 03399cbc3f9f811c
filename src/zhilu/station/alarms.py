"""Refused devices: on the kiosk's screen at once, and told to the county, however long that takes.

One device in one bay with one fault is one alarm, however often it is tried: it counts up
and is told once an hour.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from zhilu.durable import replace
from zhilu.encoding import format_time
from zhilu.errors import DataError, WorldError
from zhilu.protocols.intake import alarm_body, recording_alarm_body
from zhilu.station.county import County

log = logging.getLogger(__name__)

AGAIN = timedelta(hours=1)
SHOWN = 50
KEPT = 10_000


@dataclass
class Alarm:
    id: str
    at: datetime
    bay: int
    code: str
    presented: str
    recording: UUID | None = None
    count: int = 1
    seen: bool = False

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "at": format_time(self.at),
            "bay": self.bay,
            "code": self.code,
            "presented": self.presented,
            "count": self.count,
        }


class Alarms:
    def __init__(self, folder: Path, clock: Callable[[], datetime], changed: Callable[[], None]) -> None:
        self._folder, self._clock, self._changed = folder, clock, changed
        self._alarms: list[Alarm] = []
        self._waiting = asyncio.Event()
        self._waiting.set()

    def raise_(self, bay: int, code: str, presented: str, recording: UUID | None = None) -> None:
        """`recording`: of the device that presents itself, the one that could not be taken over."""
        now = self._clock()
        what = (bay, code, presented, recording)
        for alarm in self._alarms:
            if (alarm.bay, alarm.code, alarm.presented, alarm.recording) == what and now - alarm.at < AGAIN:
                alarm.count += 1
                self._changed()
                return
        log.warning("alarm: bay %s, %s, %s", bay, code, presented)
        alarm = Alarm(str(uuid.uuid4()), now, bay, code, presented, recording)
        self._alarms = [*self._alarms[-SHOWN + 1 :], alarm]
        # A flood of devices must not fill the disk: the county knows by the first ten thousand.
        if sum(1 for _ in self._folder.iterdir()) < KEPT:
            body = (
                alarm_body(bay, code, presented, format_time(now))
                if recording is None
                else recording_alarm_body(bay, code, presented, recording, format_time(now))
            )
            replace(self._folder / f"{alarm.id}.json", body)
        self._waiting.set()
        self._changed()

    def shown(self) -> list[dict[str, object]]:
        return [alarm.to_json() for alarm in reversed(self._alarms) if not alarm.seen]

    def seen(self, identifier: str) -> bool:
        """Take an alarm off the screen; the county has it all the same."""
        found = [alarm for alarm in self._alarms if alarm.id == identifier]
        for alarm in found:
            alarm.seen = True
            self._changed()
        return bool(found)

    async def report(self, county: County) -> None:
        """Tell the county, for ever."""
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            for path in sorted(self._folder.glob("*.json")):
                await self._tell(county, path)

    async def _tell(self, county: County, path: Path) -> None:
        pause = 1.0
        while True:
            try:
                await county.alarm(path.read_bytes())
                path.unlink(missing_ok=True)
                return
            except WorldError:
                pause = min(pause * 2, 60.0)
            except DataError as error:
                # Told and not taken: kept on disk, tried again after the next start.
                log.error("the county refuses an alarm: %s", error)
                return
            await asyncio.sleep(pause)
