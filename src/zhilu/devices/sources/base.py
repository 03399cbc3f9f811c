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
    """As in spec/journal.md §4: `camera`, `file`, `test`."""

    def open(self) -> Header: ...

    def fragments(self, going: Going) -> Iterator[Fragment]:
        """Fragments as they become whole. Raises WorldError `source` where the source breaks."""
        ...

    def close(self) -> None: ...


def pace(stopped: Callable[[], bool], realtime: bool, seconds: float | None) -> Going:
    """A `Going` that ends on request or after `seconds` of the stream, and keeps to real time if asked."""
    began = time.monotonic()

    def going(at_s: float) -> bool:
        while realtime and not stopped() and (ahead := at_s - (time.monotonic() - began)) > 0:
            time.sleep(min(ahead, 0.1))
        return not stopped() and (seconds is None or at_s < seconds)

    return going
