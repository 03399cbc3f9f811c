"""One bay: what is in it, what is being done with it, what the officer is told (phases:
protocols.collection).

Each bay is a task of its own and knows nothing of the others. It looks once a second whether something
listens on its link; then greets (`greeting`), has the officer sign (`handing`), collects (`taking`), waits
for receipts and hands them over (`receipts`), dismisses. Each step may end with Gone (pulled out): the next
visit goes on where it stopped, as long as the recorder remembers the handover.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from zhilu.encoding import format_time
from zhilu.errors import DataError, WorldError, ZhiluError
from zhilu.pki.tls import peer_kid
from zhilu.protocols.collection import BUSY, TROUBLED, Event, Phase
from zhilu.station import collecting, config, dock, receipts, taking
from zhilu.station.admission import Misplaced
from zhilu.station.dock import Dock, Foreign, Gone
from zhilu.station.greeting import resumed
from zhilu.station.handing import Handing
from zhilu.station.parts import Parts
from zhilu.station.place import ENDED, Place, Visit
from zhilu.station.view import Shown

log = logging.getLogger(__name__)

LOOK_S = 1.0
AFTER_TROUBLE_S = 3.0
LINGER_S = 60.0


class Bay:
    def __init__(self, spec: config.Bay, parts: Parts) -> None:
        self.number = spec.number
        self.shown = Shown(spec.number, parts.changed)
        self.place = Place(spec, parts, self.shown)
        self.handing = Handing(self.place)
        self._spec, self._parts = spec, parts
        self._left: tuple[int, str] | None = None
        """End of the logbook of the recorder that was dismissed."""

    # -- the task

    async def run(self) -> None:
        while True:
            try:
                await self._visit()
            except asyncio.CancelledError:
                raise
            except Exception:
                # A defect of ours stops this visit, never the bay and never the others.
                log.exception("bay %s", self.number)
                self.shown.trouble(Event.FAIL, "internal", "")
            forgotten = self.shown.phase is Phase.CLEARED and time.monotonic() - self.shown.since_s > LINGER_S
            if forgotten:
                self.shown.event(Event.AGAIN)
            await asyncio.sleep(AFTER_TROUBLE_S if self.shown.phase in TROUBLED else LOOK_S)

    async def _visit(self) -> None:
        """From whatever the bay holds now to the end of it, or to the first trouble."""
        async with Dock(self._spec, self._parts.snapshots.context()) as link:
            try:
                await (
                    self._wait_until_taken(link) if self.shown.phase is Phase.SAFE else self._docking(link)
                )
            except Gone as error:
                await self._broke(error)
            except Foreign as error:
                self._refuse(error, await dock.presented(self._spec))
            except Misplaced as error:
                self._refuse(error, str(error.fields.get("kid", "")))
            except ZhiluError as error:
                self._failed(error)
            except OSError as error:
                log.error("bay %s: %s", self.number, error)
                self._failed(WorldError("no-space", "The station's disk is full."))
            finally:
                self.handing.over()

    async def _docking(self, link: Dock) -> None:
        docking = await resumed(self.place, link) or await self.handing.awaited(link)
        visit = Visit(self.place, link, docking)
        await taking.take_all(visit)
        await receipts.bring_all(visit)
        if visit.bad:
            await self._hold(visit)
        await self._dismiss(visit)

    # -- the end of a docking

    async def _hold(self, visit: Visit) -> None:
        """A recording that could not be taken over or cleared is a person's business: nothing is tried again
        before the recorder has been taken out."""
        self._parts.spool.save_docking(self.number, None)
        self.shown.trouble(Event.FAIL, next(iter(visit.bad.values())), "A recording could not be taken over.")
        while True:
            await asyncio.sleep(LOOK_S)
            await collecting.logbook(visit.link, visit.docking, self._parts.spool)

    async def _dismiss(self, visit: Visit) -> None:
        # The `cleared` lines go to the county too.
        await collecting.logbook(visit.link, visit.docking, self._parts.spool)
        self._parts.uploads.wake(visit.docking.recorder)
        self._left = await visit.link.undock()
        self._parts.spool.save_docking(self.number, None)
        if self.shown.phase is Phase.COLLECTING:
            self.shown.event(Event.COLLECTED)
        self.shown.event(Event.ALL_CLEARED)

    async def _wait_until_taken(self, link: Dock) -> None:
        """A dismissed recorder may stand in its bay to charge: to undock it once more changes nothing.
        Another one in its place, or one that has written lines since, is a new docking."""
        assert self.shown.view.recorder is not None
        try:
            left = await link.undock()
        except DataError:
            self.shown.gone()
            raise
        if (peer_kid(link.peer), left) != (self.shown.view.recorder.kid, self._left):
            self.shown.gone()

    # -- troubles

    async def _broke(self, error: Gone) -> None:
        """Whoever took the handshake and hung up does not want this station, if it is still there to show its
        certificate. One that is not was pulled out meanwhile, and is no alarm."""
        early = error.answered and self.shown.phase not in BUSY | {Phase.SAFE}
        presented = await dock.presented(self._spec) if early else ""
        if presented:
            unwilling = Foreign("refused-us", "The device in the bay does not accept this station.")
            self._refuse(unwilling, presented)
        else:
            self.shown.gone()
            self._parts.alarms.left(self.number)

    def _refuse(self, error: DataError, presented: str) -> None:
        shown = self.shown
        if (shown.phase, shown.view.message) != (Phase.REFUSED, error.code):
            self._parts.alarms.raise_(self.number, error.code, presented)
        shown.trouble(Event.REFUSE, error.code, error.hint)

    def _failed(self, error: ZhiluError) -> None:
        shown = self.shown
        if isinstance(error, DataError) and shown.phase in BUSY:
            # The next visit begins with a hello: what went wrong once is not gone on with unasked.
            self._parts.spool.save_docking(self.number, None)
            if error.code in ENDED:
                shown.event(Event.ENDED)
                return
        if not isinstance(error, WorldError):
            log.error("bay %s: %s", self.number, error)
        if error.code == "fork":
            recorder = shown.view.recorder
            self._parts.alarms.raise_(self.number, error.code, recorder.kid if recorder else "")
        shown.trouble(Event.FAIL, error.code, error.hint)

    def to_json(self) -> dict[str, Any]:
        shown, uploads = self.shown.to_json(self._parts.uploads.sent), self._parts.uploads
        recorder = self.shown.view.recorder
        if self.shown.phase is Phase.UPLOADING and recorder is not None:
            whats = (recorder.kid, *(held.id for held in self.shown.view.recordings))
            if any(what in uploads.refused for what in whats):
                shown["message"] = "county-refuses"
        officer = self.shown.view.officer
        locked = self._parts.desk.tries.locked_until(officer[0]) if officer else None
        shown["officer_locked_until"] = format_time(locked) if locked else None
        shown["statement"] = self._parts.statements.shown(self.number, self._parts.name_of)
        return shown
