"""One opened source, from the first picture to `recording-closed`, whatever happens on the way.

- Space is looked at before each segment; too little ends the recording with `storage-full`.
- A write that finds no room (a quota, another program) does the same, out of the reserve.
- Any other write error: what storage holds is not known. This recording is left to recovery at once, and a
  NEW one begins with the segment in hand; a second error in a row ends the session.
- A source that breaks, or changes its codec, ends the recording with `fault`; what is filmed next begins a
  new one, which says what it follows. Each fault is a signed line.

How often a source is opened, and what is said where none can be, is `filming.py`'s business.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from enum import Enum
from typing import Any

from zhilu.devices.clock import Clock, MediaClock
from zhilu.devices.media.facts import Fragment, Header
from zhilu.devices.sources.base import Pace, Source
from zhilu.errors import CallerError, WorldError, ZhiluError
from zhilu.recorder.adopted import Adopted
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import NO_ROOM, Logbook
from zhilu.recorder.marks import Marks
from zhilu.recorder.recording import Follows, Recording, Scene
from zhilu.recorder.recovery import left_off, recover_all
from zhilu.recorder.screen import Screen
from zhilu.recorder.space import Space
from zhilu.sealed.envelopes import Policy

MAX_DETAIL = 200


class End(Enum):
    """Why a session ended."""

    TOLD = "power-off"
    SOURCE_ENDED = "end-of-source"
    SOURCE_BROKE = "source"
    CHANGED = "codec"
    FULL = "storage-full"
    STORAGE = "write-error"


class Session:
    """`follows` is what the next recording goes on from; `on_durable` is told of each segment, after how
    many seconds from its last packet it was durable."""

    def __init__(
        self, home: Home, logbook: Logbook, adopted: Adopted, space: Space, clock: Clock, screen: Screen
    ) -> None:
        self._home, self._logbook, self._adopted = home, logbook, adopted
        self._space, self._clock, self._screen = space, clock, screen
        self._failures = 0
        self._end = End.SOURCE_ENDED
        self.marks = Marks()
        self.where: Callable[[], dict[str, Any] | None] = lambda: None
        """The position to seal with a segment of a live source, as in `private`."""
        self.follows: Follows | None = None
        self.random: Callable[[int], bytes] = secrets.token_bytes
        """For the ids of recordings."""
        self.on_durable: Callable[[float], None] = lambda seconds: None

    def policy(self) -> Policy:
        """Without one there is nobody to seal to, and nothing is ever recorded in the clear."""
        policy = self._adopted.policy
        if policy is None:
            raise CallerError("no-policy", "The bureau's policy has not reached this recorder.")
        return policy

    def room(self) -> None:
        """Refuses (`storage-full`) to begin where nothing more may be erased."""
        if not self._space.enough():
            raise WorldError("storage-full", "The storage is full; nothing on it has a receipt yet.")

    def record(self, source: Source, header: Header, going: Pace, realtime: bool) -> End:
        """Record until the source ends or is told to stop. Faults are logged, not raised; only a logbook
        that cannot be written raises (WorldError)."""
        clock: Clock = self._clock if realtime else MediaClock(self._clock)
        one = _Filmed(source, header, clock, going, self.marks)
        with self.marks.taken():
            return self._film(one)

    def _film(self, one: _Filmed) -> End:
        recording = self._begin(one)
        try:
            for fragment in one.source.fragments(one.going):
                if recording is None:
                    return self._end
                recording = self._append(recording, fragment, one)
                del fragment  # or it would be held while the next one, as large, is put together
        except WorldError as error:
            if error.code != "source":
                raise
            if recording is None:
                return self._end
            self._close(recording, "fault")
            end = End.CHANGED if "change" in error.fields else End.SOURCE_BROKE
            self._fault(end.value, plain(error))
            return end
        if recording is None:
            return self._end
        self._close(recording, "power-off" if one.ended else "end-of-source")
        return End.TOLD if one.ended else End.SOURCE_ENDED

    def _begin(self, one: _Filmed) -> Recording | None:
        scene = Scene(one.header, one.source.origin, self.policy(), self._adopted.duty, self.follows)
        try:
            recording = Recording.begin(self._home, self._logbook, scene, one.clock, self.random)
        except OSError as error:
            self._after_failure(error)
            return None
        self.follows = None
        self._show(recording)
        return recording

    def _append(self, recording: Recording, fragment: Fragment, one: _Filmed) -> Recording | None:
        """The recording to go on with, or None where this was the end."""
        self._screen.storage(self._space.watch())
        if not self._space.enough():
            self._close(recording, "storage-full")
            self._fault("storage-full", f"id={recording.id}")
            self._end = End.FULL
            return None
        try:
            recording.append(fragment, self.where() if one.live else None)
            one.durable(self.on_durable)
            self._screen.marked(self.marks.write(recording))
        except OSError as error:
            if error.errno in NO_ROOM:
                self._close_short_of_space(recording)
                return None
            recording.abandon()
            self._after_failure(error)
            return self._once_more(fragment, one)
        self._failures = 0
        self._show(recording)
        return recording

    def _close(self, recording: Recording, reason: str) -> None:
        try:
            self.marks.write(recording)
            recording.close(reason)
        except OSError as error:
            recording.abandon()
            self._after_failure(error)
        else:
            if reason in ("fault", "storage-full"):
                self.follows = Follows(recording.id, recording.last_at)

    def _close_short_of_space(self, recording: Recording) -> None:
        self._space.release_reserve()
        try:
            recording.close_short_of_space()
            self.follows = Follows(recording.id, recording.last_at)
        except OSError:
            # Not even now: what is there is closed as recovered.
            recording.abandon()
            self._recover()
        self._fault("storage-full", f"id={recording.id}")
        self._end = End.FULL

    def _once_more(self, fragment: Fragment, one: _Filmed) -> Recording | None:
        """A new recording with the segment in hand, unless the one before it failed too."""
        self._failures += 1
        recording = self._begin(one) if self._failures == 1 else None
        return recording and self._append(recording, fragment, one)

    def _after_failure(self, error: OSError) -> None:
        """Read again what storage holds, close it as recovered, and say why."""
        if error.errno in NO_ROOM:
            self._space.release_reserve()
        self._recover()
        self._end = End.FULL if error.errno in NO_ROOM else End.STORAGE
        self._fault(self._end.value, error.strerror or "")

    def _recover(self) -> None:
        recover_all(self._home, self._logbook)
        self.follows = left_off(self._home, self._logbook)

    def _show(self, recording: Recording) -> None:
        duty = self._adopted.duty
        self._screen.recording(duty.officer if duty else None, recording, self._space.usage())

    def _fault(self, code: str, detail: str) -> None:
        self._logbook.write("fault", code=code, detail=detail)
        self._screen.fault(code, detail)


def plain(error: ZhiluError) -> str:
    """What the world said, without the name and password that an address may carry."""
    return re.sub(r"(?<=://)[^/@\s]*@", "", str(error))[:MAX_DETAIL]


class _Filmed:
    """A source that is open, and when its packets came."""

    def __init__(self, source: Source, header: Header, clock: Clock, pace: Pace, marks: Marks) -> None:
        self.source, self.header, self.clock = source, header, clock
        self.live = source.live
        self._pace, self._marks = pace, marks
        self._came = self._before = time.monotonic()

    @property
    def ended(self) -> bool:
        """It was told to stop; the source had more."""
        return self._pace.ended

    def going(self, at_s: float) -> bool:
        goes_on = self._pace(at_s)
        self._before, self._came = self._came, time.monotonic()
        self._marks.look(max(0, int(at_s * 1_000_000)))
        return goes_on

    def durable(self, told: Callable[[float], None]) -> None:
        """A fragment ends where the next packet begins: its own last packet came before that."""
        told(time.monotonic() - self._before)
