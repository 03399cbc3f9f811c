"""One bay's handover: the recorder waits in the bay, the officer comes to the kiosk and signs.

`awaited` greets the recorder every few seconds, so that what the screen says is true; `begin` and `finish`
are the kiosk's calls, and hold the link against it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from zhilu.errors import CallerError, ZhiluError
from zhilu.protocols.arrival import Tail, check_docked
from zhilu.protocols.collection import Event, Phase
from zhilu.sealed.keys import load_jwk
from zhilu.station import ceremony
from zhilu.station.collecting import Docking
from zhilu.station.dock import Dock
from zhilu.station.greeting import greet
from zhilu.station.place import Place

GREET_S = 5.0


class Handing:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._lock = asyncio.Lock()
        self._link: Dock | None = None
        self._ceremony: ceremony.Ceremony | None = None
        self._handed: asyncio.Future[Docking] | None = None

    async def awaited(self, link: Dock) -> Docking:
        """Until the recorder has written `docked`."""
        self._link, self._handed = link, asyncio.get_running_loop().create_future()
        while True:
            async with self._lock:
                if self._handed.done():
                    return self._handed.result()
                if self._ceremony is None or time.monotonic() > self._ceremony.until_s:
                    await greet(self._place, link)
            done, _ = await asyncio.wait([self._handed], timeout=GREET_S)
            if done:
                return self._handed.result()

    def over(self) -> None:
        """The link is gone, whatever was going on over it."""
        self._link = self._ceremony = self._handed = None
        self._place.parts.turn.release(self._place.number)

    async def begin(self) -> dict[str, Any]:
        """The kiosk's `ceremony`: greets anew, so that the officer has the whole 120 seconds."""
        parts = self._place.parts
        async with self._lock:
            link = self._waiting()
            parts.turn.take(self._place.number, time.monotonic())
            try:
                greeted = await greet(self._place, link)
            except ZhiluError:
                parts.turn.release(self._place.number)
                raise
            self._ceremony = ceremony.compose(
                snapshot=greeted.snapshot,
                station=parts.home.kid,
                recorder=greeted.recorder,
                duty=greeted.duty,
                hello=greeted.hello,
                now=parts.clock(),
                now_s=time.monotonic(),
                offline=parts.snapshots.offline,
            )
            return self._ceremony.to_json(greeted.snapshot.name_of(greeted.duty.officer))

    async def finish(self, assertion: Mapping[str, Any]) -> None:
        """The kiosk's `assertion`: the recorder has written `docked` when this returns."""
        parts = self._place.parts
        async with self._lock:
            link, asked = self._waiting(), self._ceremony
            self._ceremony = None
            parts.turn.release(self._place.number)
            if asked is None or time.monotonic() > asked.until_s:
                raise CallerError("no-ceremony", "The handover has expired: begin again.")
            request = asked.request(assertion, parts.home.signer, parts.home.settings.kiosk.origin)
            line = await link.handover(request.to_bytes())
            self._take(asked, ceremony.handed(request, line), line)

    def _waiting(self) -> Dock:
        waiting = self._place.shown.phase is Phase.WAITING
        if not waiting or self._link is None or self._handed is None or self._handed.done():
            raise CallerError("not-waiting", "No handover is awaited in this bay.")
        return self._link

    def _take(self, asked: ceremony.Ceremony, handed: bytes, line: bytes) -> None:
        hello, recorder, spool = asked.hello, asked.recorder, self._place.parts.spool
        before = Tail(hello.n, bytes.fromhex(hello.head))
        check_docked(line, before, load_jwk(recorder.jwk), recorder.kid, asked.digest)
        size = hello.checkpoint[0] if hello.checkpoint else 0
        docking = Docking(recorder.kid, recorder.jwk, hello, asked.digest, handed, size, size)
        spool.keep_handover(recorder.kid, asked.digest, handed)
        spool.save_docking(self._place.number, docking.to_json())
        self._place.shown.event(Event.HANDED_OVER)
        assert self._handed is not None
        self._handed.set_result(docking)
