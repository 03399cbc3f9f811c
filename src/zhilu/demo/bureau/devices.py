"""Recorders of the demonstration: the recorder's own parts in a home of its own, under the plan's clock."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from zhilu.demo.bureau.hands import DeviceClock, Hands
from zhilu.demo.bureau.scenes import Clip
from zhilu.demo.bureau.steps import Shot
from zhilu.devices.sources.base import Pace
from zhilu.encoding import format_time
from zhilu.errors import WorldError
from zhilu.pki import tls
from zhilu.recorder.adopt import Papers, adopt
from zhilu.recorder.dock import Dock
from zhilu.recorder.filming import Wishes
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook
from zhilu.recorder.parts import own_parts
from zhilu.recorder.run import Recorder
from zhilu.recorder.screen import Screen

NOTHING = io.StringIO()


class Device:
    """One recorder. `drift`: how far its clock is ahead."""

    def __init__(self, folder: Path, hands: Hands, drift: timedelta) -> None:
        self.home, self.hands = Home(folder), hands
        self.clock: Any = DeviceClock(hands, drift)
        self._signer, self._counter = own_parts(self.home, self.home.config())
        self.logbook = Logbook(self.home.logbook, self._signer, self._counter, self.clock)
        self.recorder: Recorder | None = None
        self.on = False

    @property
    def kid(self) -> str:
        return self._signer.kid

    def adopt(self, trust: bytes, entries: bytes) -> None:
        papers = Papers(
            trust,
            self.home.file("tls.crt").read_bytes(),
            self.home.file("roots.pem").read_bytes(),
            entries,
            self.home.file("crl.pem").read_bytes(),
        )
        adopt(self.home, self.logbook, papers, self.home.serial(), self._counter.kind)
        self.recorder = Recorder(self.home, self.logbook, self.clock, Screen(io.StringIO()))
        self.recorder.session.random = self.hands.bytes

    def power_on(self) -> None:
        assert self.recorder is not None
        self.clock.power_on()
        self.recorder.power_on()
        self.on = True

    def power_on_in_bay(self) -> None:
        """Nothing is filmed there, and it says so."""
        self.power_on()
        assert self.recorder is not None
        self.recorder.film(None, Wishes(realtime=False, seconds=None))

    def power_off(self) -> None:
        assert self.recorder is not None
        self.recorder.power_off("undocked")
        self.on = False

    def film(self, shot: Shot, clip: Clip) -> str:
        """One recording; returns its id."""
        assert self.recorder is not None
        session, before = self.recorder.session, set(self.logbook.reader.recordings)
        session.where = self._walk(shot)
        clip.between = self._between(shot)
        session.record(clip, clip.open(), Pace(lambda: False), realtime=False)
        clip.between = lambda pts_us: None
        (made,) = set(self.logbook.reader.recordings) - before
        return str(made)

    def _between(self, shot: Shot) -> Callable[[int], None]:
        waiting = list(shot.marks)

        def look(pts_us: int) -> None:
            assert self.recorder is not None
            if shot.breaks and pts_us >= shot.breaks:
                raise WorldError("source", "The source broke off: {detail}", detail="cable")
            while waiting and waiting[0][0] < pts_us + 2_000_000:
                self.recorder.session.marks.put(*waiting.pop(0))

        return look

    def _walk(self, shot: Shot) -> Callable[[], dict[str, Any] | None]:
        steps = 0

        def where() -> dict[str, Any] | None:
            nonlocal steps
            steps += 1
            if shot.place is None:
                return None
            lat, lon = shot.place
            at = format_time(self.clock.now())
            return {"at": at, "lat": lat + 900 * steps, "lon": lon + 700 * (steps % 3), "error_mm": 4_000}

        return where

    def dock(self) -> Dock:
        assert self.recorder is not None
        return Dock(
            self.home,
            self.logbook,
            self.recorder.adopted,
            self.recorder.space,
            self.clock,
            tls.own_der(self.home.file("tls.crt")),
            erase_now=True,
            now_s=self.hands.unix,
            battery=lambda: 86,
        )
