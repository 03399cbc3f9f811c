"""Power-on is recording (spec/journal.md §3): from `boot` on, a recording or a signed reason why not.

- A source that cannot be opened, storage without room, no policy: `not-recording` with the reason.
- A live source (camera, rtsp) is opened again, however it ended, for as long as the device is on: after 1, 2,
  4 … 30 s, from the beginning again once a recording has lasted. The recording that then begins says what it
  follows. A file or a scene is opened once.
- A source whose codec changes is the same source still: it is opened again at once, and nothing is lost.
- The same reason is said once, not at each try; a recording in between makes it worth saying again.
- Without a policy nothing but the dock can help, so nobody waits here. In the dock (`--source none`) that is
  the reason that is signed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from zhilu.devices.sources.base import Pace, Source
from zhilu.errors import ZhiluError
from zhilu.recorder.logbook import Logbook
from zhilu.recorder.screen import Screen
from zhilu.recorder.session import MAX_DETAIL, End, Session, plain
from zhilu.recorder.signals import Signals

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
LASTED_S = 10.0
"""A recording that lasted so long was no failed try."""


@dataclass(frozen=True)
class Wishes:
    """`realtime`: no faster than it was shot; `seconds` of the stream, None: until it ends."""

    realtime: bool = False
    seconds: float | None = None


class Filming:
    def __init__(self, session: Session, logbook: Logbook, screen: Screen, signals: Signals) -> None:
        self._session, self._logbook = session, logbook
        self._screen, self._signals = screen, signals
        self._said: set[str] = set()
        self._opened = False
        self._wait_s = FIRST_WAIT_S
        self.failed: ZhiluError | None = None
        """Why the last try began no recording."""

    def run(self, source: Source | None, wishes: Wishes) -> str:
        """Film until the source ends or the device is switched off; returns the reason of the shutdown."""
        if source is None:
            self._not_recording("in-dock", "")
            return "no-source"
        try:
            return self._film(source, wishes)
        finally:
            source.close()

    def _film(self, source: Source, wishes: Wishes) -> str:
        end = self._once(source, wishes)
        while not self._is_over(source, end):
            if end is not End.CHANGED:
                self._signals.wait(self._wait_s)
                self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
            if not self._signals.stopped:
                end = self._once(source, wishes)
        if not self._signals.stopped:
            return _REASONS[end]
        self._signals.heard()
        return "power-off"

    def _is_over(self, source: Source, end: End | None) -> bool:
        no_policy = self.failed is not None and self.failed.code == "no-policy"
        goes_on = source.live or end is End.CHANGED
        return end is End.TOLD or self._signals.stopped or not goes_on or no_policy

    def _once(self, source: Source, wishes: Wishes) -> End | None:
        """None: no recording was begun, and it is on record why."""
        self.failed = None
        try:
            self._session.policy()
            self._session.room()
            header = source.open()
        except ZhiluError as error:
            self._cannot(error)
            return None
        self._opened, begun = True, time.monotonic()
        self._hear(source)
        # A scene without an end is for watching: it runs in real time.
        endless = source.origin == "test" and wishes.seconds is None
        realtime = wishes.realtime or source.live or endless
        pace = Pace(lambda: self._signals.stopped, realtime, wishes.seconds)
        end = self._session.record(source, header, pace, realtime)
        if end is not End.CHANGED:
            source.close()
        if time.monotonic() - begun > LASTED_S:
            self._wait_s = FIRST_WAIT_S
            self._said.clear()
        self._said.add(end.value)  # the session has signed a fault of this name
        return end

    def _hear(self, source: Source) -> None:
        """Picture without sound is worth recording, and worth saying."""
        why = getattr(source, "without_sound", None)
        if why and "microphone" not in self._said:
            self._said.add("microphone")
            self._logbook.write("fault", code="microphone", detail=str(why)[:MAX_DETAIL])
            self._screen.fault("microphone", str(why)[:MAX_DETAIL])

    def _cannot(self, error: ZhiluError) -> None:
        """Say why there is no recording, once. Other errors are not of this kind: they go up."""
        if error.code not in _WHY:
            raise error
        self.failed = error
        if error.code in self._said:
            return
        self._said.add(error.code)
        if self._opened or error.code == "storage-full":
            self._logbook.write("fault", code=error.code, detail=plain(error))
        if not self._opened:
            self._not_recording(_WHY[error.code], plain(error))

    def _not_recording(self, reason: str, detail: str) -> None:
        self._logbook.write("not-recording", reason=reason, detail=detail)
        self._screen.not_recording(reason, detail)


_WHY = {"source": "camera", "storage-full": "storage-full", "no-policy": "no-policy"}
"""Codes of errors → reasons of `not-recording`."""

_REASONS = {None: "not-recording", End.TOLD: "power-off", End.SOURCE_ENDED: "end-of-source"} | dict.fromkeys(
    (End.SOURCE_BROKE, End.CHANGED, End.FULL, End.STORAGE), "fault"
)
"""How the last try ended → `reason` of the shutdown."""
