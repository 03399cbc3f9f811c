"""One recording session: from the first picture to `recording-closed`, whatever happens on the way.

- Space is looked at before each segment; too little ends the recording with `storage-full`.
- A write that finds no room (a quota, another program) does the same, out of the reserve.
- Any other write error: what storage holds is not known. This recording is left to recovery at once, and a
  NEW one begins with the segment in hand; a second error in a row ends the session.
- A source that breaks ends the recording with `fault`. Each fault is a signed line.
"""

from __future__ import annotations

import errno

from zhilu.devices.clock import Clock, MediaClock
from zhilu.devices.media.facts import Fragment, Header
from zhilu.devices.sources.base import Pace, Source
from zhilu.errors import CallerError, WorldError
from zhilu.recorder.adopted import Adopted
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook
from zhilu.recorder.recording import Recording
from zhilu.recorder.recovery import recover_all
from zhilu.recorder.screen import Screen
from zhilu.recorder.space import Space
from zhilu.sealed.envelopes import Policy

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Session:
    def __init__(
        self, home: Home, logbook: Logbook, adopted: Adopted, space: Space, clock: Clock, screen: Screen
    ) -> None:
        self._home, self._logbook, self._adopted = home, logbook, adopted
        self._space, self._clock, self._screen = space, clock, screen
        self._failures = 0

    def policy(self) -> Policy:
        """Without one there is nobody to seal to, and nothing is ever recorded in the clear."""
        policy = self._adopted.policy
        if policy is None:
            raise CallerError("no-policy", "The bureau's policy has not reached this recorder.")
        return policy

    def record(self, source: Source, header: Header, going: Pace, realtime: bool) -> None:
        """Record until the source ends or is told to stop. Faults are logged, not raised; only a logbook
        that cannot be written raises (WorldError)."""
        clock: Clock = self._clock if realtime else MediaClock(self._clock)
        if not self._space.enough():
            self._fault("storage-full", "before the first segment")
            return
        recording = self._begin(source, header, clock)
        try:
            for fragment in source.fragments(going):
                if recording is None:
                    return
                recording = self._append(recording, fragment, source, header, clock)
                del fragment  # or it would be held while the next one, as large, is put together
        except WorldError as error:
            if error.code != "source" or recording is None:
                raise
            self._close(recording, "fault")
            self._fault("source", str(error)[:200])
            return
        if recording is not None:
            self._close(recording, "power-off" if going.ended else "end-of-source")

    def _begin(self, source: Source, header: Header, clock: Clock) -> Recording | None:
        duty = self._adopted.duty
        try:
            recording = Recording.begin(
                self._home, self._logbook, header, source.origin, self.policy(), duty, clock
            )
        except OSError as error:
            self._after_failure(error)
            return None
        self._show(recording)
        return recording

    def _append(
        self, recording: Recording, fragment: Fragment, source: Source, header: Header, clock: Clock
    ) -> Recording | None:
        """The recording to go on with, or None where this was the end."""
        if not self._space.enough():
            self._close(recording, "storage-full")
            self._fault("storage-full", f"id={recording.id}")
            return None
        try:
            recording.append(fragment)
        except OSError as error:
            if error.errno in NO_ROOM:
                self._space.release_reserve()
                recording.close_short_of_space()
                self._fault("storage-full", f"id={recording.id}")
                return None
            recording.abandon()
            self._after_failure(error)
            return self._once_more(fragment, source, header, clock)
        self._failures = 0
        self._show(recording)
        return recording

    def _close(self, recording: Recording, reason: str) -> None:
        try:
            recording.close(reason)
        except OSError as error:
            recording.abandon()
            self._after_failure(error)

    def _once_more(
        self, fragment: Fragment, source: Source, header: Header, clock: Clock
    ) -> Recording | None:
        """A new recording with the segment in hand, unless the one before it failed too."""
        self._failures += 1
        recording = self._begin(source, header, clock) if self._failures == 1 else None
        return recording and self._append(recording, fragment, source, header, clock)

    def _after_failure(self, error: OSError) -> None:
        """Read again what storage holds, close it as recovered, and say why."""
        if error.errno in NO_ROOM:
            self._space.release_reserve()
        recover_all(self._home, self._logbook)
        self._fault("storage-full" if error.errno in NO_ROOM else "write-error", error.strerror or "")

    def _show(self, recording: Recording) -> None:
        duty = self._adopted.duty
        self._screen.recording(duty.officer if duty else None, recording, self._space.usage())

    def _fault(self, code: str, detail: str) -> None:
        self._logbook.write("fault", code=code, detail=detail)
        self._screen.fault(code, detail)
