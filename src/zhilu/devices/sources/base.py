"""What a recorder films: a source is opened, gives the CMAF header, then fragments until it ends or is told
to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol

from zhilu.devices.media.facts import Fragment, Header

Going = Callable[[float], bool]
"""Asked before each packet with its time in the stream, seconds. It may wait. False: stop here."""


class Source(Protocol):
    """`open` raises WorldError `source` where nothing can be filmed; nothing has been made by then."""

    origin: str
    """As in spec/journal.md §4: `camera`, `rtsp`, `file`, `test`."""
    live: bool
    """It has no end of its own: where it breaks, it may be opened again."""

    def open(self) -> Header: ...

    def fragments(self, going: Going) -> Iterator[Fragment]:
        """Fragments as they become whole. Raises WorldError `source` where the source breaks."""
        ...

    def close(self) -> None: ...


class Pace:
    """A `Going` that ends on request or after `seconds` of the stream, and keeps to real time if asked."""

    def __init__(
        self, stopped: Callable[[], bool], realtime: bool = False, seconds: float | None = None
    ) -> None:
        self._stopped, self._realtime, self._seconds = stopped, realtime, seconds
        self._began: float | None = None
        self.ended = False
        """It was this that ended the film, not the film itself."""

    def __call__(self, at_s: float) -> bool:
        if self._began is None:  # not at 0 where a recording goes on from another
            self._began = time.monotonic() - at_s
        while self._realtime and not self._stopped() and (ahead := at_s - time.monotonic() + self._began) > 0:
            time.sleep(min(ahead, 0.1))
        self.ended = self._stopped() or (self._seconds is not None and at_s >= self._seconds)
        return not self.ended
