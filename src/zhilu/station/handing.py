"""One bay's handover: the recorder waits in the bay, the officer comes to the kiosk and signs.

`awaited` greets the recorder every few seconds, so that what the screen says is true; `begin`,
`finger` and `finish` are the kiosk's calls; the first and the last hold the link against it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from zhilu.errors import CallerError
from zhilu.protocols.arrival import Tail, check_docked
from zhilu.protocols.collection import Event, Phase
from zhilu.sealed.keys import load_jwk
from zhilu.station import ceremony
from zhilu.station.collecting import Docking
from zhilu.station.dock import Dock
from zhilu.station.greeting import greet
from zhilu.station.officer import Check
from zhilu.station.place import Place

GREET_S = 5.0


class Handing:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._lock = asyncio.Lock()
        self._link: Dock | None = None
        self._asked: tuple[ceremony.Ceremony, Check] | None = None
        """The ceremony that was begun, until it is used or over."""
        self._handed: asyncio.Future[Docking] | None = None

    async def awaited(self, link: Dock) -> Docking:
        """Until the recorder has written `docked`."""
        self._link, self._handed = link, asyncio.get_running_loop().create_future()
        while True:
            async with self._lock:
                if self._handed.done():
                    return self._handed.result()
                if self._asked is None or time.monotonic() > self._asked[1].until_s:
                    self._drop()
                    await greet(self._place, link)
            done, _ = await asyncio.wait([self._handed], timeout=GREET_S)
            if done:
                return self._handed.result()

    def over(self) -> None:
        """The link is gone, whatever was going on over it."""
        self._link = self._handed = None
        self._drop()

    async def begin(self) -> dict[str, Any]:
        """The kiosk's `ceremony`: greets anew, so that the officer has the whole 120 seconds."""
        place, parts = self._place, self._place.parts
        async with self._lock:
            link = self._waiting()
            parts.turn.take(place.number, time.monotonic())
            self._drop(keep_turn=True)
            try:
                greeted = await greet(place, link)
                duty, snapshot = greeted.duty, greeted.snapshot
                asked = ceremony.compose(
                    snapshot=snapshot,
                    station=parts.home.kid,
                    recorder=greeted.recorder,
                    duty=duty,
                    hello=greeted.hello,
                    now=parts.clock(),
                    offline=parts.snapshots.offline,
                )
                least = ceremony.least_in_force(duty, snapshot.policy)
                check = await parts.desk.check(
                    snapshot, duty.officer, asked.digest, least, duty.credentials, duty.rp_id, place.number
                )
            except BaseException:
                parts.turn.release(place.number)
                raise
            self._asked = asked, check
            return check.to_json() | {"handover": asked.to_json(snapshot.name_of(duty.officer))}

    async def finger(self) -> dict[str, Any]:
        """The kiosk's `finger`: waits until the officer has laid one down. He may try again after a no."""
        self._waiting()
        _, check = self._current()
        try:
            # Not under the lock: a page that was closed here must not keep the next one from beginning.
            await check.finger()
        except CallerError as error:
            if error.code == "officer-locked" and self._asked is not None and self._asked[1] is check:
                self._drop()
            raise
        return {"matched": True}

    async def finish(self, assertion: Mapping[str, Any] | None) -> None:
        """The kiosk's `assertion`: the recorder has written `docked` when this returns."""
        parts = self._place.parts
        async with self._lock:
            link, (asked, check) = self._waiting(), self._current()
            self._drop()
            request = asked.request(*check.finish(assertion), parts.home.signer)
            line = await link.handover(request.to_bytes())
            await self._take(asked, ceremony.handed(request, line), line)

    def _current(self) -> tuple[ceremony.Ceremony, Check]:
        if self._asked is None:
            raise CallerError("no-ceremony", "The handover has expired: begin again.")
        return self._asked

    def _drop(self, keep_turn: bool = False) -> None:
        if self._asked is not None:
            self._asked[1].stop()
        self._asked = None
        if not keep_turn:
            self._place.parts.turn.release(self._place.number)

    def _waiting(self) -> Dock:
        waiting = self._place.shown.phase is Phase.WAITING
        if not waiting or self._link is None or self._handed is None or self._handed.done():
            raise CallerError("not-waiting", "No handover is awaited in this bay.")
        return self._link

    async def _take(self, asked: ceremony.Ceremony, handed: bytes, line: bytes) -> None:
        hello, recorder, spool = asked.hello, asked.recorder, self._place.parts.spool
        before = Tail(hello.n, bytes.fromhex(hello.head))
        check_docked(line, before, load_jwk(recorder.jwk), recorder.kid, asked.digest)
        size = hello.checkpoint[0] if hello.checkpoint else 0
        docking = Docking(recorder.kid, recorder.jwk, hello, asked.digest, handed, size, size)
        await asyncio.to_thread(spool.keep_handover, recorder.kid, asked.digest, handed)
        await asyncio.to_thread(spool.save_docking, self._place.number, docking.to_json())
        if self._handed is None:
            return  # pulled out meanwhile: the next visit goes on with what has been kept
        self._place.shown.event(Event.HANDED_OVER)
        self._handed.set_result(docking)
