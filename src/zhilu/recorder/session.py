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
from zhilu.recorder.recovery import recover
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
        recording: Recording | None = self._begin(source, header, clock)
        try:
            for fragment in source.fragments(going):
                if recording is None:
                    return
                recording = self._append(recording, fragment, source, header, clock)
        except WorldError as error:
            if error.code != "source" or recording is None:
                raise
            recording.close("fault")
            self._fault("source", str(error)[:200])
            return
        if recording is not None:
            recording.close("power-off" if going.ended else "end-of-source")

    def _begin(self, source: Source, header: Header, clock: Clock) -> Recording:
        duty = self._adopted.duty
        recording = Recording.begin(
            self._home, self._logbook, header, source.origin, self.policy(), duty, clock
        )
        self._screen.recording(duty.officer if duty else None, recording, self._space.usage())
        return recording

    def _append(
        self, recording: Recording, fragment: Fragment, source: Source, header: Header, clock: Clock
    ) -> Recording | None:
        """The recording to go on with, or None where this was the end."""
        if not self._space.enough():
            recording.close("storage-full")
            self._fault("storage-full", f"id={recording.id}")
            return None
        try:
            recording.append(fragment)
        except OSError as error:
            return self._after_failure(recording, error, fragment, source, header, clock)
        self._failures = 0
        duty = self._adopted.duty
        self._screen.recording(duty.officer if duty else None, recording, self._space.usage())
        return recording

    def _after_failure(
        self,
        recording: Recording,
        error: OSError,
        fragment: Fragment,
        source: Source,
        header: Header,
        clock: Clock,
    ) -> Recording | None:
        if error.errno in NO_ROOM:
            self._space.release_reserve()
            recording.close_short_of_space()
            self._fault("storage-full", f"id={recording.id}")
            return None
        recording.abandon()
        recover(self._home, self._logbook, self._logbook.reader.recordings[recording.id])
        self._fault("write-error", f"id={recording.id} {error.strerror}")
        self._failures += 1
        if self._failures > 1:
            return None
        return self._append(self._begin(source, header, clock), fragment, source, header, clock)

    def _fault(self, code: str, detail: str) -> None:
        self._logbook.write("fault", code=code, detail=detail)
        self._screen.fault(code, detail)
