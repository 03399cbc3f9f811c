"""One bay: what is in it, what is being done with it, what the officer is told (phases:
protocols.collection).

Each bay is a task of its own and knows nothing of the others. It looks once a second whether something
listens on its link; then greets, has the officer sign, collects, waits for receipts, hands them over,
dismisses. Each step may end with Gone (pulled out): the next visit goes on where it stopped, as long as
the recorder remembers the handover.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from zhilu.encoding import format_time, parse_time, sha256
from zhilu.errors import CallerError, DataError, WorldError, ZhiluError
from zhilu.pki.tls import own_der, peer_kid
from zhilu.protocols import intake
from zhilu.protocols.arrival import Tail, check_docked
from zhilu.protocols.collection import BUSY, TROUBLED, Event, Phase
from zhilu.protocols.docking_handover import Duty
from zhilu.protocols.docking_messages import ClockRequest, Held, Hello, open_hello
from zhilu.protocols.snapshot import Recorder, Snapshot
from zhilu.sealed.keys import load_jwk
from zhilu.station import ceremony, collecting, config, dock
from zhilu.station.admission import Misplaced
from zhilu.station.collecting import Docking
from zhilu.station.dock import Dock, Foreign, Gone
from zhilu.station.parts import Parts
from zhilu.station.spool import STORED
from zhilu.station.view import Shown, View

log = logging.getLogger(__name__)

LOOK_S = 1.0
AFTER_TROUBLE_S = 3.0
GREET_S = 5.0
PING_S = 5.0
RECEIPT_S = 0.3
STORED_RETRY_S = 3.0
PATIENCE_S = 5.0
"""After so long without a cosignature the officer is told that it is missing."""
LINGER_S = 60.0
CLOCK_OFF = timedelta(seconds=2)
ENDED = frozenset({"no-handover", "not-greeted"})


class Bay:
    def __init__(self, spec: config.Bay, parts: Parts) -> None:
        self.number = spec.number
        self.shown = Shown(spec.number, parts.changed)
        self._spec, self._parts = spec, parts
        self._link = asyncio.Lock()
        self._dock: Dock | None = None
        self._ceremony: ceremony.Ceremony | None = None
        self._handed: asyncio.Future[Docking] | None = None
        self._bad: dict[UUID, str] = {}
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
            self._dock = link
            try:
                await (
                    self._wait_until_taken(link) if self.shown.phase is Phase.SAFE else self._docking(link)
                )
            except Gone as error:
                if error.answered and self.shown.phase not in BUSY | {Phase.SAFE}:
                    # Something is in the bay, took the handshake and hung up: it does not want this station.
                    await self._refuse(
                        Foreign("refused-us", "The device in the bay does not accept this station."),
                        await dock.presented(self._spec),
                    )
                else:
                    self.shown.gone()
            except Foreign as error:
                await self._refuse(error, await dock.presented(self._spec))
            except Misplaced as error:
                await self._refuse(error, str(error.fields.get("kid", "")))
            except ZhiluError as error:
                self._failed(error)
            except OSError as error:
                log.error("bay %s: %s", self.number, error)
                self._failed(WorldError("no-space", "The station's disk is full."))
            finally:
                self._dock = self._ceremony = self._handed = None
                self._parts.turn.release(self.number)

    async def _docking(self, link: Dock) -> None:
        docking = await self._resumed(link) or await self._handed_over(link)
        self._bad = {}
        docking = await self._collect(link, docking)
        docking = await self._bring_receipts(link, docking)
        if self._bad:
            await self._hold(link, docking)
        await self._dismiss(link, docking)

    # -- greeting and handover

    async def _resumed(self, link: Dock) -> Docking | None:
        """The docking that was cut off, if the recorder still holds its handover."""
        kept = self._parts.spool.docking(self.number)
        if kept is None:
            return None
        docking = Docking.from_json(kept)
        try:
            async with link.logbook(docking.hello.n + 1) as chunks:
                same = peer_kid(link.peer) == docking.recorder
                async for _ in chunks:
                    pass
        except DataError as error:
            if isinstance(error, Foreign):
                raise
            same = False
        if not same:
            self._parts.spool.save_docking(self.number, None)
            return None
        self.shown.enter()
        self._show(docking)
        self.shown.event(Event.RESUMED)
        return docking

    async def _handed_over(self, link: Dock) -> Docking:
        self._handed = asyncio.get_running_loop().create_future()
        while True:
            async with self._link:
                if self._handed.done():
                    return self._handed.result()
                if self._ceremony is None or time.monotonic() > self._ceremony.until_s:
                    await self._greet(link)
            done, _ = await asyncio.wait([self._handed], timeout=GREET_S)
            if done:
                return self._handed.result()

    async def _greet(self, link: Dock) -> tuple[Hello, Recorder, Duty, Snapshot]:
        nonce = secrets.token_bytes(32)
        body = await link.hello(nonce)
        if self.shown.phase not in TROUBLED:
            self.shown.enter()
        kid = peer_kid(link.peer)
        snapshot, recorder, duty = await self._parts.admit(kid, self.number)
        self.shown.enter()
        hello = open_hello(
            body,
            kid,
            load_jwk(recorder.jwk),
            station_nonce=nonce,
            station_tls=sha256(own_der(self._parts.home.path / "tls.crt")).hex(),
            recorder_tls=sha256(link.peer).hex(),
        )
        self.shown.view = View(
            recorder=recorder,
            officer=(duty.officer, snapshot.name_of(duty.officer)),
            recordings=hello.recordings,
            battery=hello.battery,
        )
        self.shown.event(Event.GREETED)
        return hello, recorder, duty, snapshot

    async def begin(self) -> dict[str, Any]:
        """The kiosk's `ceremony`: greets anew, so that the officer has the whole 120 seconds."""
        async with self._link:
            link = self._waiting()
            self._parts.turn.take(self.number, time.monotonic())
            try:
                hello, recorder, duty, snapshot = await self._greet(link)
            except ZhiluError:
                self._parts.turn.release(self.number)
                raise
            self._ceremony = ceremony.compose(
                snapshot=snapshot,
                station=self._parts.home.kid,
                recorder=recorder,
                duty=duty,
                hello=hello,
                now=self._parts.clock(),
                now_s=time.monotonic(),
                offline=self._parts.snapshots.offline,
            )
            return self._ceremony.to_json(snapshot.name_of(duty.officer))

    async def finish(self, assertion: Mapping[str, Any]) -> None:
        """The kiosk's `assertion`: the recorder has written `docked` when this returns."""
        async with self._link:
            link, asked = self._waiting(), self._ceremony
            self._ceremony = None
            self._parts.turn.release(self.number)
            if asked is None or time.monotonic() > asked.until_s:
                raise CallerError("no-ceremony", "The handover has expired: begin again.")
            settings = self._parts.home.settings
            request = asked.request(assertion, self._parts.home.signer, settings.kiosk.origin)
            line = await link.handover(request.to_bytes())
            self._take(asked, ceremony.handed(request, line), line)

    def _waiting(self) -> Dock:
        if (
            self.shown.phase is not Phase.WAITING
            or self._dock is None
            or self._handed is None
            or self._handed.done()
        ):
            raise CallerError("not-waiting", "No handover is awaited in this bay.")
        return self._dock

    def _take(self, asked: ceremony.Ceremony, handed: bytes, line: bytes) -> None:
        hello, recorder = asked.hello, asked.recorder
        before = Tail(hello.n, bytes.fromhex(hello.head))
        check_docked(line, before, load_jwk(recorder.jwk), recorder.kid, asked.digest)
        size = hello.checkpoint[0] if hello.checkpoint else 0
        docking = Docking(recorder.kid, recorder.jwk, hello, asked.digest, handed, size, size)
        self._parts.spool.keep_handover(recorder.kid, asked.digest, handed)
        self._parts.spool.save_docking(self.number, docking.to_json())
        self.shown.event(Event.HANDED_OVER)
        assert self._handed is not None
        self._handed.set_result(docking)

    # -- collection

    async def _collect(self, link: Dock, docking: Docking) -> Docking:
        await self._set_clock(link, docking)
        docking = await self._offer_entries(link, docking)
        try:
            await collecting.logbook(link, docking, self._parts.spool)
        except DataError as error:
            if error.code == "fork":
                await self._quarantine(link, docking)
            raise
        self._parts.uploads.wake(docking.recorder)
        for held in docking.hello.recordings:
            await self._collect_one(link, docking, held)
            self._parts.uploads.wake(docking.recorder)
        self.shown.event(Event.COLLECTED)
        return docking

    async def _collect_one(self, link: Dock, docking: Docking, held: Held) -> None:
        spool = self._parts.spool
        if not spool.recording(held.id).folder.exists() and await self._county_has(held.id):
            self.shown.view.with_county.add(held.id)
            self._progress(held.id, held.length)
            return
        try:
            await collecting.recording(link, docking, spool, held, lambda done: self._progress(held.id, done))
        except DataError as error:
            self._raise_unless_ours(error)
            # One bad recording does not hold up the others; nothing of it is uploaded or cleared.
            self._bad[held.id] = error.code
            self._parts.alarms.raise_(self.number, error.code, docking.recorder, held.id)

    async def _county_has(self, recording: UUID) -> bool:
        try:
            return (await self._parts.county.recording(recording)).state == "stored"
        except ZhiluError:
            return False

    async def _set_clock(self, link: Dock, docking: Docking) -> None:
        now = self._parts.clock()
        if abs(parse_time(docking.hello.at) - now) > CLOCK_OFF:
            await self._try(link.clock(ClockRequest(format_time(now), "station")), "clock")

    async def _offer_entries(self, link: Dock, docking: Docking) -> Docking:
        """Newer policy and assignment, if the county can be reached; without them the old ones hold."""
        try:
            update = await self._parts.county.update(docking.recorder, docking.size)
        except ZhiluError as error:
            log.info("no update for the recorder: %s", error)
            return docking
        if not update.entries:
            return docking
        docking = self._note(docking, offered=intake.checkpoint_size(update.checkpoint))
        if await self._try(link.entries(update), "entries"):
            return self._note(docking, size=docking.offered)
        return docking

    def _note(self, docking: Docking, size: int | None = None, offered: int | None = None) -> Docking:
        """Which checkpoint the recorder holds, or may hold if its answer gets lost; survives a restart."""
        docking = replace(docking, size=size or docking.size, offered=offered or docking.offered)
        self._parts.spool.save_docking(self.number, docking.to_json())
        return docking

    async def _try(self, call: Any, what: str) -> bool:
        try:
            await call
        except DataError as error:
            self._raise_unless_ours(error)
            log.warning("bay %s: the recorder refuses %s: %s", self.number, what, error)
            return False
        return True

    def _raise_unless_ours(self, error: DataError) -> None:
        """Errors that are about the docking itself are not the step's."""
        if isinstance(error, Foreign) or error.code in ENDED:
            raise error

    async def _quarantine(self, link: Dock, docking: Docking) -> None:
        """Keep everything of a recorder that tells two lives, apart from the rest; nothing of it is
        cleared.
        """
        spool = self._parts.spool.quarantine(docking.recorder)
        await collecting.logbook(link, docking, spool)
        for held in docking.hello.recordings:
            await collecting.recording(
                link,
                docking,
                spool,
                held,
                lambda done, held=held: self._progress(held.id, done),  # type: ignore[misc]
            )

    # -- receipts

    async def _bring_receipts(self, link: Dock, docking: Docking) -> Docking:
        pending = [held for held in docking.hello.recordings if held.id not in self._bad]
        pinged = stored_s = time.monotonic()
        while pending:
            for held in list(pending):
                if self._is_stored(held.id):
                    done, docking = await self._clear(link, docking, held)
                    if done:
                        pending.remove(held)
                else:
                    stored_s = time.monotonic()
            if pending and time.monotonic() - stored_s > PATIENCE_S and self.shown.phase is Phase.UPLOADING:
                self.shown.event(Event.NOT_YET)
            if time.monotonic() - pinged > PING_S:
                await collecting.logbook(link, docking, self._parts.spool)
                pinged = time.monotonic()
            if pending:
                await asyncio.sleep(RECEIPT_S if self.shown.phase is Phase.UPLOADING else STORED_RETRY_S)
        return docking

    async def _hold(self, link: Dock, docking: Docking) -> None:
        """A recording that could not be taken over or cleared is a person's business: nothing is tried again
        before the recorder has been taken out."""
        self._parts.spool.save_docking(self.number, None)
        self.shown.trouble(Event.FAIL, next(iter(self._bad.values())), "A recording could not be taken over.")
        while True:
            await asyncio.sleep(LOOK_S)
            await collecting.logbook(link, docking, self._parts.spool)

    def _is_stored(self, recording: UUID) -> bool:
        folder = self._parts.spool.recording(recording)
        return recording in self.shown.view.with_county or (
            folder.folder.exists() and folder.state.stage == STORED
        )

    async def _clear(self, link: Dock, docking: Docking, held: Held) -> tuple[bool, Docking]:
        """Whether the recorder has written `cleared`."""
        try:
            receipt = await self._parts.county.receipt(held.id, docking.size)
        except ZhiluError as error:
            log.info("no receipt for %s: %s", held.id, error)
            return False, docking
        if receipt is None:
            return False, docking
        before, docking = (
            docking,
            self._note(docking, offered=intake.checkpoint_size(receipt.receipt.checkpoint)),
        )
        try:
            await link.receipt(receipt)
        except DataError as error:
            self._raise_unless_ours(error)
            if error.code == "consistency" and before.offered > before.size:
                # An earlier answer got lost: the recorder holds what it was offered then.
                return False, self._note(docking, size=before.offered)
            return self._not_cleared(error, docking, held), docking
        docking = self._note(docking, size=docking.offered)
        folder = self._parts.spool.recording(held.id)
        if folder.folder.exists():
            folder.remove()
        self._parts.changed()
        return True, docking

    def _not_cleared(self, error: DataError, docking: Docking, held: Held) -> bool:
        if error.code == "quorum":
            if self.shown.phase is Phase.UPLOADING:
                self.shown.event(Event.NOT_YET)
            return False
        log.error("the recorder refuses the receipt of %s: %s", held.id, error)
        self._bad[held.id] = error.code
        self._parts.alarms.raise_(self.number, error.code, docking.recorder, held.id)
        return True

    async def _dismiss(self, link: Dock, docking: Docking) -> None:
        # The `cleared` lines go to the county too.
        await collecting.logbook(link, docking, self._parts.spool)
        self._parts.uploads.wake(docking.recorder)
        self._left = await link.undock()
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

    async def _refuse(self, error: DataError, presented: str) -> None:
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

    def _show(self, docking: Docking) -> None:
        """After a restart: what the screen knew before."""
        try:
            snapshot, recorder, duty = self._parts.judge(docking.recorder, self.number)
            officer = (duty.officer, snapshot.name_of(duty.officer))
            self.shown.view = View(recorder, officer, docking.hello.recordings)
        except DataError:
            nameless = Recorder(docking.recorder, "", docking.jwk)
            self.shown.view = View(nameless, None, docking.hello.recordings)

    def _progress(self, recording: UUID, done: int) -> None:
        self.shown.view.collected[recording] = done
        self._parts.changed()

    def to_json(self) -> dict[str, Any]:
        shown, uploads = self.shown.to_json(self._parts.uploads.sent), self._parts.uploads
        recorder = self.shown.view.recorder
        if self.shown.phase is Phase.UPLOADING and recorder is not None:
            whats = (recorder.kid, *(held.id for held in self.shown.view.recordings))
            if any(what in uploads.refused for what in whats):
                shown["message"] = "county-refuses"
        return shown
