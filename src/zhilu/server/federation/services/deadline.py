"""An end to an answer that does not end by itself.

The limits of an HTTP client bind between two bytes. A head that drips, or interim answers without end, keep
it for ever and never come to who called. So at the deadline another thread shuts the socket down under it:
the read ends at once, whatever it waits for, and may look like the answer's own end.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

EVENTS = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class Run:
    """One answer's time."""

    is_late = False


class Deadline:
    """For a client that has one connection at most: `trace` goes into the extensions of each request."""

    def __init__(self, total_s: float) -> None:
        self._total_s = total_s
        self._lock = threading.Lock()
        self._run: Run | None = None
        self._socket: socket.socket | None = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """httpcore tells when it has a connection."""
        if event not in EVENTS:
            return
        with self._lock:
            self._socket = info["return_value"].get_extra_info("socket")
            if self._run and self._run.is_late:
                self._shut()

    @contextmanager
    def over(self) -> Iterator[Run]:
        """Inside, the time runs."""
        run = self._run = Run()
        timer = threading.Timer(self._total_s, self._end, (run,))
        timer.daemon = True
        timer.start()
        try:
            yield run
        finally:
            timer.cancel()
            with self._lock:
                self._run = None

    def _end(self, run: Run) -> None:
        with self._lock:
            if self._run is run:
                run.is_late = True
                self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it is closed already
                # Not SSLSocket's own: that takes TLS away while the other thread reads through it.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
