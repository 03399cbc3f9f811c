"""From the spool to the county, one task for each recorder, whether it is still in its bay or not
(intake.md §2).

Order: logbook, then of each recording: handover, journal, segments, `complete`. Every step asks first what
the county holds, so after a crash on either side the same steps are taken again and nothing is sent twice
in vain; what this run has heard itself it does not ask again, until the county refuses something. A
recording that the county refuses is stepped over and tried again later; it does not hold up the others.
Segments go at the pace that the settings allow (`pace`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from zhilu.ending import ended
from zhilu.errors import DataError, WorldError
from zhilu.protocols.intake import LOGBOOK_CHUNK
from zhilu.station.county import County
from zhilu.station.pace import Pace
from zhilu.station.pause import Pause
from zhilu.station.spool import COLLECTED, STORED, Recording, Spool

log = logging.getLogger(__name__)

WANTED_S = 600.0
"""So often at most the county is asked what of a recorder it has lost."""


class Uploads:
    """`sent`: bytes of media that the county holds, by recording; `refused`: code, by recording or
    recorder.
    """

    def __init__(self, spool: Spool, county: County, pace: Pace, changed: Callable[[], None]) -> None:
        self._spool, self._county, self._pace, self._changed = spool, county, pace, changed
        self._wake: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.sent: dict[UUID, int] = {}
        self.refused: dict[UUID | str, str] = {}
        self._told: set[str] = set()
        self._ask_at_s: dict[str, float] = {}
        self._lines: dict[str, int] = {}
        """Number of the last line that the county is known to hold, by recorder."""
        self._handed: set[str] = set()
        """Handovers that the county is known to hold, hex of D."""
        self.unknown: set[UUID] = set()
        """Recordings of which the county has said that it holds nothing."""

    def start(self) -> None:
        """Take up what a former run left behind."""
        for kid in sorted(self._spool.recorders()):
            self._ask_at_s[kid] = 0.0
            self.wake(kid)

    def wake(self, kid: str) -> None:
        """There is something new of this recorder."""
        self._wake.setdefault(kid, asyncio.Event()).set()
        if kid not in self._tasks or self._tasks[kid].done():
            self._tasks[kid] = asyncio.create_task(self._run(kid), name=f"upload {kid[:8]}")

    async def stop(self) -> None:
        await ended(self._tasks.values())

    @property
    def held(self) -> str | None:
        """What holds up media that wait, for the screen: `window`, `rate` or nothing."""
        held = self._pace.held
        return (
            held if held and any(one.state.stage == COLLECTED for one in self._spool.recordings()) else None
        )

    async def _run(self, kid: str) -> None:
        pause = Pause()
        while True:
            await self._wake[kid].wait()
            self._wake[kid].clear()
            try:
                if await self._round(kid):
                    pause.over()
                    continue
            except WorldError as error:
                log.info("upload of %s waits: %s", kid[:8], error)
            except Exception:
                # A damaged folder or a full disk must not end the task: nothing would ever be sent again.
                log.exception("upload of %s", kid[:8])
            # Something is left over: come back by ourselves.
            with suppress(TimeoutError):
                async with asyncio.timeout(pause.take_s()):
                    await self._wake[kid].wait()
            self._wake[kid].set()

    async def _round(self, kid: str) -> bool:
        """Whether everything of this recorder is with the county."""
        done = await self._guarded(kid, self._logbook(kid)) and await self._guarded(kid, self._handovers(kid))
        await self._send_again(kid)
        for recording in self._spool.of(kid):
            if _is(recording, COLLECTED):
                done = await self._guarded(recording.id, self._recording(recording)) and done
        return done

    async def _guarded(self, what: UUID | str, step: Awaitable[None]) -> bool:
        try:
            await step
        except DataError as error:
            if self.refused.get(what) != error.code:
                log.error("the county refuses %s: %s", what, error)
            self.refused[what] = error.code
            # It may have lost something, or been set back: asked again before anything is told again.
            self._lines.clear()
            self._handed.clear()
            self._changed()
            return False
        self.refused.pop(what, None)
        self._changed()
        return True

    async def _logbook(self, kid: str) -> None:
        logbook = self._spool.logbook(kid)
        tail = await asyncio.to_thread(logbook.tail)
        n = self._lines.get(kid)
        if n is None:
            n, _ = await self._county.logbook(kid)
        if n < tail.n:
            await self._send_lines(kid, n + 1)
        self._lines[kid] = max(n, tail.n)

    async def _send_lines(self, kid: str, first: int) -> None:
        for start, lines in self._spool.logbook(kid).chunks(first, LOGBOOK_CHUNK):
            try:
                await self._county.put_logbook(kid, start, lines)
            except DataError as error:
                await self._tell_whole_life(kid, error, first)
                raise

    async def _tell_whole_life(self, kid: str, error: DataError, first: int = -1) -> None:
        """The county holds another life of this recorder: it gets our copy from the first line, once, so
        that it learns where the two part."""
        if error.code == "fork" and first != 0 and kid not in self._told:
            self._told.add(kid)
            await self._send_lines(kid, 0)

    async def _handovers(self, kid: str) -> None:
        for path in sorted(self._spool.handovers(kid).glob("*.json")):
            try:
                await self._county.put_handover(bytes.fromhex(path.stem), path.read_bytes())
                self._handed.add(path.stem)
            except DataError as error:
                await self._tell_whole_life(kid, error)
                raise
            path.unlink()

    async def _send_again(self, kid: str) -> None:
        """What the county has lost and the spool still holds, waiting for its receipt."""
        now_s = time.monotonic()
        if now_s < self._ask_at_s.setdefault(kid, now_s + WANTED_S):
            return
        stored = [one for one in self._spool.of(kid) if _is(one, STORED)]
        if not stored:
            return
        self._ask_at_s[kid] = now_s + WANTED_S
        try:
            wanted = {one.id for one in await self._county.wanted(kid)}
        except DataError as error:
            log.info("what the county wants again of %s is not known: %s", kid[:8], error)
            return
        for recording in stored:
            if recording.id in wanted:
                log.warning("recording %s is sent again: the county has lost it", recording.id)
                recording.set_state(replace(recording.state, stage=COLLECTED))

    async def _recording(self, recording: Recording) -> None:
        state = recording.state
        handover = bytes.fromhex(state.handover)
        if recording.id in self.unknown or (await self._county.recording(recording.id)).state != "stored":
            self.unknown.discard(recording.id)
            if recording.handover.exists() and state.handover not in self._handed:
                await self._county.put_handover(handover, recording.handover.read_bytes())
            count = await self._county.put_journal(recording.id, state.recorder, handover, recording.journal)
            for wanted in recording.segments():
                if wanted.i >= count:
                    await self._pace.turn(wanted.length)
                    await self._county.put_segment(recording.id, recording.media, wanted)
                self.sent[recording.id] = wanted.offset + wanted.length
                self._changed()
        index = await self._county.complete(recording.id)
        log.info("recording %s is stored, entry %s", recording.id, index)
        self.sent[recording.id] = state.length
        if recording.handover.exists():
            await asyncio.to_thread(recording.set_state, replace(state, stage=STORED))
        else:
            # The county had lost it and has it again: no recorder waits for a receipt.
            recording.remove()
            self.sent.pop(recording.id, None)


def _is(recording: Recording, stage: str) -> bool:
    try:
        return recording.state.stage == stage
    except FileNotFoundError:
        return False  # cleared and removed since it was listed
