"""Alarms: what a person has to look at. On the kiosk's screen at once, told to the county however long that
takes (docs/operate/station.md names each).

Rules
1. The same bay, code, subject and recording are one alarm as long as it is open: it counts up.
2. Its life is raised → confirmed (somebody looked, here or at the county) → handled → closed (the county),
   only forwards. Its cause may end, and come again. It is open until it is closed, or its cause has ended and
   somebody has looked.
3. What a check found stands until the check finds it no more. Closed while it stands, it is silent for a day.
4. A flood fills neither screen nor disk: beyond MOST_ALIKE of one bay and code the rest count on one alarm,
   and beyond MOST that are open, or of which the county has still to hear, everything new counts on
   `alarms-many`.
5. The county hears of each in the order in which they came, and of each what became of it in the order of
   its life. What does not get through is said again; what it refuses is stepped over for an hour.
6. Each change is on disk before it is told. A disk that takes nothing holds no alarm back: it lives in
   memory, is told, and is written when the disk takes it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from zhilu.durable import replace
from zhilu.errors import DataError, WorldError
from zhilu.station.alarm import CLOSED, LANES, RANK, Alarm, Finding, read
from zhilu.station.county import County
from zhilu.station.pause import Pause

log = logging.getLogger(__name__)

MOST_ALIKE = 100
MOST = 1_000
SHOWN = 50
SILENT = timedelta(days=1)
REFUSED_FOR = timedelta(hours=1)
ROUND_S = 30.0


class Alarms:
    def __init__(self, folder: Path, clock: Callable[[], datetime], changed: Callable[[], None]) -> None:
        self._folder, self._clock, self._changed = folder, clock, changed
        self._alarms = _load(folder)
        self._number = max((alarm.number for alarm in self._alarms.values()), default=0)
        self._unwritten: set[str] = set()
        self._refused: dict[tuple[str, str], datetime] = {}
        self._waiting = asyncio.Event()
        self._waiting.set()

    # -- what happens here

    def raise_(
        self,
        bay: int | None,
        code: str,
        about: str = "",
        recording: UUID | None = None,
        detail: str = "",
    ) -> None:
        """`about`: whom or what it is about: a kid, a digest, a person's id. `recording`: of the
        device in the bay, the one that could not be taken over. Never fails."""
        # Codes may be what a strange device answered.
        code, about, detail = _code(code), _line(about), _line(detail)
        alarm = self._find(bay, code, about, recording)
        if alarm is None:
            if self._many(bay, code):
                about, recording, detail = "", None, ""
            if self._full():
                bay, code = None, "alarms-many"
            alarm = self._find(bay, code, about, recording)
        if alarm is None:
            alarm = self._new(bay, code, about, recording, detail)
        else:
            alarm.count += 1
            alarm.ended = False
        self._keep(alarm)

    def end(self, bay: int | None, code: str, about: str = "") -> None:
        """The cause is gone."""
        for alarm in list(self._alarms.values()):
            if (alarm.bay, alarm.code, alarm.about) == (bay, code, about):
                self._end(alarm)

    def left(self, bay: int) -> None:
        """What was in this bay is there no more."""
        for alarm in list(self._alarms.values()):
            if alarm.bay == bay and alarm.ends_with_device:
                self._end(alarm)

    def found(self, findings: Iterable[Finding]) -> None:
        """All that the checks find now; what stood and is not among it has ended."""
        now = {(finding.bay, finding.code): finding for finding in findings}
        for alarm in list(self._alarms.values()):
            if alarm.standing and (alarm.bay, alarm.code) not in now:
                self._end(alarm)
        for finding in now.values():
            self._stand(finding)

    def stands(self, code: str, bay: int | None = None) -> bool:
        """Whether a check has found this and not yet that it ended; also over a restart."""
        alarm = self._find(bay, code, "", None)
        return alarm is not None and alarm.standing and not alarm.ended

    def shown(self) -> list[dict[str, object]]:
        """For the screen, newest first."""
        return [alarm.to_screen() for alarm in self.open()[:SHOWN]]

    def open(self) -> list[Alarm]:
        """What somebody still has to look at, newest first."""
        found = [alarm for alarm in self._alarms.values() if not alarm.over and alarm.state != CLOSED]
        return sorted(found, key=lambda one: -one.number)

    def confirm(self, identifier: str) -> bool:
        """Somebody at the kiosk has looked. Whether there is such an alarm."""
        alarm = self._alarms.get(identifier)
        if alarm is None:
            return False
        if alarm.advance("confirmed", self._clock()):
            self._keep(alarm)
        return True

    def moved(self, states: Mapping[str, str]) -> None:
        """What the county says of alarms; of those that are not ours it may say what it likes."""
        for identifier, state in states.items():
            alarm = self._alarms.get(identifier)
            if alarm is not None and state in RANK and alarm.advance(state, self._clock()):
                alarm.told_confirmed = True
                self._keep(alarm)

    # -- one alarm

    def _find(self, bay: int | None, code: str, about: str, recording: UUID | None) -> Alarm | None:
        for alarm in self._alarms.values():
            if not alarm.over and alarm.key == (bay, code, about, recording):
                return alarm
        return None

    def _new(self, bay: int | None, code: str, about: str, recording: UUID | None, detail: str) -> Alarm:
        log.warning("alarm: bay %s, %s, %s %s", bay, code, about, detail)
        self._number += 1
        return Alarm(
            id=str(uuid.uuid4()),
            number=self._number,
            at=self._clock(),
            bay=bay,
            code=code,
            about=about,
            recording=recording,
            detail=detail,
        )

    def _stand(self, finding: Finding) -> None:
        detail = _line(finding.detail)
        alarm = self._find(finding.bay, finding.code, "", None)
        if alarm is not None and alarm.state == CLOSED and self._clock() - alarm.moved_at > SILENT:
            self._end(alarm)
            alarm = None
        if alarm is None:
            alarm = self._new(finding.bay, finding.code, "", None, detail)
            alarm.standing = True
        elif alarm.ended:
            alarm.ended = False
            alarm.count += 1
        elif alarm.detail != detail:
            # A figure that grows is news for the screen, not worth a write or a message each half minute.
            alarm.detail = detail
            self._changed()
            return
        else:
            return
        self._keep(alarm)

    def _end(self, alarm: Alarm) -> None:
        if not alarm.ended:
            alarm.ended = True
            self._keep(alarm)

    def _many(self, bay: int | None, code: str) -> bool:
        return sum(1 for one in self._alarms.values() if (one.bay, one.code) == (bay, code)) >= MOST_ALIKE

    def _full(self) -> bool:
        """What is over goes when the county has heard of it, and no sooner (`tell`)."""
        return len(self._alarms) >= MOST

    # -- disk

    def _keep(self, alarm: Alarm) -> None:
        self._alarms[alarm.id] = alarm
        self._write(alarm)
        self._waiting.set()
        self._changed()

    def _write(self, alarm: Alarm) -> None:
        try:
            replace(self._folder / f"{alarm.id}.json", alarm.to_bytes())
            self._unwritten.discard(alarm.id)
        except OSError as error:
            if alarm.id not in self._unwritten:
                log.error("an alarm cannot be written: %s", error)
            self._unwritten.add(alarm.id)

    def _drop(self, alarm: Alarm) -> None:
        del self._alarms[alarm.id]
        self._unwritten.discard(alarm.id)
        for lane in LANES:
            self._refused.pop((alarm.id, lane), None)
        try:
            (self._folder / f"{alarm.id}.json").unlink(missing_ok=True)
        except OSError as error:
            log.error("an alarm cannot be taken away: %s", error)

    # -- the county

    async def report(self, county: County) -> None:
        """Tell the county, for ever."""
        pause = Pause()
        while True:
            try:
                await self.tell(county)
                pause.over()
                await self._news()
            except WorldError:
                await asyncio.sleep(pause.take_s())

    async def _news(self) -> None:
        """Something new, or time to look what waited: counts, a disk that was full, what was refused."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ROUND_S):
                await self._waiting.wait()

    async def tell(self, county: County) -> None:
        """All that the county does not know; raises the WorldError of the first that does not get through."""
        self._waiting.clear()
        for alarm in sorted(self._alarms.values(), key=lambda one: one.number):
            if alarm.id in self._unwritten:
                self._write(alarm)
            for lane in LANES:
                await self._tell_one(county, alarm, lane)
            if alarm.over and not alarm.untold and alarm.id in self._alarms:
                self._drop(alarm)

    async def _tell_one(self, county: County, alarm: Alarm, lane: str) -> None:
        refused_until = self._refused.get((alarm.id, lane))
        if refused_until is not None and self._clock() < refused_until:
            return
        try:
            while (telling := alarm.next_telling(lane, self._clock())) is not None:
                await county.alarm(telling.body)
                # A crash before it is written tells it once more: that changes nothing in an alarm's life,
                # and is a second entry of a refusal.
                alarm.was_told(telling, self._clock())
                if alarm.id in self._alarms:
                    self._write(alarm)
            self._refused.pop((alarm.id, lane), None)
        except DataError as error:
            if (alarm.id, lane) not in self._refused:
                log.error("the county refuses an alarm: %s", error)
            self._refused[alarm.id, lane] = self._clock() + REFUSED_FOR


def _code(text: str) -> str:
    return re.sub(r"[^!-~]", "-", text[:64]) or "unknown"


def _line(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text[:100])


def _load(folder: Path) -> dict[str, Alarm]:
    found = []
    for path in folder.glob("*.json"):
        try:
            found.append(read(path.stem, path.read_bytes()))
        except (DataError, OSError) as error:
            log.error("an alarm cannot be read: %s: %s", path.name, error)
    return {alarm.id: alarm for alarm in sorted(found, key=lambda one: one.number)}
