"""`zhilu station run`: opens the station's folder, starts the tasks, serves the kiosk page until told to
stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from zhilu import locks
from zhilu.demonstration import is_demonstration
from zhilu.devices.fingerprint import Fprintd, Reader
from zhilu.ending import ended
from zhilu.errors import WorldError
from zhilu.i18n import _
from zhilu.station import ceremony, home, page
from zhilu.station.alarms import Alarms
from zhilu.station.bay import Bay
from zhilu.station.checks import LITTLE_ROOM, Checks
from zhilu.station.county import County
from zhilu.station.fingers import Fingers
from zhilu.station.health import HealthReports
from zhilu.station.import_store import ImportStore
from zhilu.station.import_upload import ImportUploads
from zhilu.station.keys import Keys
from zhilu.station.leavers import Leavers
from zhilu.station.officer import Desk
from zhilu.station.pace import Pace
from zhilu.station.parts import Parts
from zhilu.station.room import Room
from zhilu.station.snapshots import Snapshots
from zhilu.station.spool import Spool
from zhilu.station.tries import Tries
from zhilu.station.uploads import Uploads
from zhilu.station.words import Words
from zhilu.station.words_after import Statements

log = logging.getLogger(__name__)


class Station:
    """Everything that runs, wired together."""

    def __init__(self, opened: home.Home, reader: Reader | None = None) -> None:
        """`reader`: another than the settings' fingerprint reader, for tests."""
        self.home = opened
        self.board = page.Board(self.state)
        changed = self.board.changed
        spool = Spool(opened.path / "spool")
        self.county = County(opened.settings.server, opened.signer, time.time)
        self.snapshots = Snapshots(opened, self.county, now)
        self.uploads = Uploads(spool, self.county, Pace(opened.settings.upload, now), changed)
        self.room = Room(spool, opened.settings.spool)
        self.imports = ImportUploads(ImportStore(spool), self.county, opened)
        self.alarms = Alarms(spool.root / "alarms", now, changed)
        if reader is None and opened.settings.fingerprint:
            reader = Fprintd()
        self.desk = Desk(
            station=opened.kid,
            origin=opened.settings.kiosk.origin,
            reader=reader,
            tries=Tries(spool.root / "tries", now),
            alarms=self.alarms,
            changed=changed,
        )
        self.parts = parts = Parts(
            home=opened,
            spool=spool,
            room=self.room,
            snapshots=self.snapshots,
            county=self.county,
            uploads=self.uploads,
            statements=Statements(spool, now),
            alarms=self.alarms,
            turn=ceremony.Turn(),
            desk=self.desk,
            clock=now,
            changed=changed,
        )
        self.bays = {spec.number: Bay(spec, parts) for spec in opened.settings.bays}
        self.words = Words(parts, Fingers(parts))
        self.keys = Keys(parts)
        self.health = HealthReports(parts, self.bays)
        self.checks = Checks(parts, self.bays)
        self.leavers = Leavers(parts)

    def state(self) -> dict[str, object]:
        settings = self.home.settings
        return {
            "station": settings.name,
            "demonstration": is_demonstration(settings.kiosk.rp_id),
            "bureau": settings.bureau,
            "county": {True: "reachable", False: "away", None: "asking"}[self.county.reachable],
            "snapshot": self.snapshots.trouble,
            "sensor": self.desk.sensor,
            "prompt": self.desk.prompt,
            "waiting_words": self.words.queue.waiting(),
            "upload": {"held": self.uploads.held},
            "spool": self.room.to_json() | {"low": any(map(self.alarms.stands, LITTLE_ROOM))},
            "bays": [bay.to_json() for bay in self.bays.values()],
            "alarms": self.alarms.shown(),
        }

    async def serve(self, stop: asyncio.Event) -> None:
        """Until `stop`. The kiosk's TCP port is bound first: a second station here fails at once."""
        # Reading the certificate now says what is wrong with it before any recorder is there.
        self.snapshots.context()
        for damaged in self.parts.spool.put_damaged_aside():
            self.alarms.raise_(None, "spool-damaged", str(damaged))
        async with page.served(self):
            tasks = [asyncio.create_task(self.snapshots.keep_fresh(), name="snapshot")]
            tasks.append(asyncio.create_task(self.alarms.report(self.county), name="alarms"))
            tasks.append(asyncio.create_task(self.room.watch(), name="room"))
            tasks.append(asyncio.create_task(self.health.report(), name="health"))
            tasks.append(asyncio.create_task(self.checks.run(), name="checks"))
            tasks.append(asyncio.create_task(self.leavers.run(), name="leavers"))
            tasks.append(asyncio.create_task(self.imports.run(), name="imports"))
            tasks.append(asyncio.create_task(self.words.queue.run(), name="words"))
            tasks += [asyncio.create_task(bay.run(), name=f"bay {bay.number}") for bay in self.bays.values()]
            self.uploads.start()
            try:
                await _first_end(tasks, stop)
            finally:
                await ended(tasks)
                await self.words.enrolments.stop()
                await self.uploads.stop()
                await self.county.close()


async def _first_end(tasks: list[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """None of the tasks ever ends by itself: if one does, that is a defect and the program goes down with
    it.
    """
    stopped = asyncio.create_task(stop.wait())
    done, _pending = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for task in done - {stopped}:
        task.result()


def now() -> datetime:
    return datetime.now(UTC)


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Two daemons on one spool would overwrite each other."""
    with (path / "lock").open("w") as lock:
        if not locks.take(lock):
            raise WorldError("running", "A station is already running in {home}.", home=path)
        yield


def run(path: Path) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    opened = home.load(path)
    with only_one(path):
        asyncio.run(_run(opened))


async def _run(opened: home.Home) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    # Most of what waits in a thread waits for the disk: no bay stands in a row behind the others.
    loop.set_default_executor(ThreadPoolExecutor(2 * len(opened.settings.bays) + 4))
    settings = opened.settings
    print(
        _("Station {name}: kiosk page at {origin}").format(name=settings.name, origin=settings.kiosk.origin)
    )
    await Station(opened).serve(stop)
