"""Where the recorder is: gpsd tells, over TCP, one JSON object a line.

- What gpsd says is believed only as far as it is a TPV report of mode 2 or 3 with a time and a place on
  Earth. Anything else is passed over: other classes, other modes, numbers out of bounds, broken JSON.
- A line has at most 16 KiB; a longer one ends the connection, as silence for 30 s does. A thread of its own
  connects again after 1, 2, 4 … 30 s. Without gpsd there is no position, and never a wrong one.
- `position` is the newest fix while it is not older than 10 s by the monotonic clock.
"""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from zhilu.errors import CallerError

FRESH_S = 10.0
MAX_LINE = 16_384
SILENCE_S, CONNECT_S = 30.0, 5.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
WATCH = b'?WATCH={"enable":true,"json":true};\n'


@dataclass(frozen=True)
class Position:
    """WGS 84; `lat` and `lon` in 10⁻⁷ degree; `at`: UTC by the satellites."""

    at: datetime
    lat: int
    lon: int
    error_mm: int | None


class Gnss(Protocol):
    def position(self) -> Position | None:
        """The newest fix, not older than 10 s."""
        ...

    def close(self) -> None: ...


class GpsdGnss:
    def __init__(self, host: str, port: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._address, self._clock = (host, port), clock
        self._fix: tuple[float, Position] | None = None
        self._over = threading.Event()
        self._link: socket.socket | None = None
        self._thread = threading.Thread(target=self._live, name="gnss", daemon=True)
        self._thread.start()

    @property
    def connected(self) -> bool:
        return self._link is not None

    def position(self) -> Position | None:
        fix = self._fix
        return fix[1] if fix and self._clock() - fix[0] <= FRESH_S else None

    def close(self) -> None:
        self._over.set()
        link = self._link
        if link is not None:
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it ended by itself
        self._thread.join(CONNECT_S + 1)

    def _live(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._over.is_set():
            if self._connection():
                wait_s = FIRST_WAIT_S
            self._over.wait(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def _connection(self) -> bool:
        """One connection from beginning to end; True where it gave a position."""
        any_fix = False
        try:
            with socket.create_connection(self._address, CONNECT_S) as link:
                self._link = link
                if self._over.is_set():  # it was closed while we connected, and found no link to end
                    return False
                link.settimeout(SILENCE_S)
                link.sendall(WATCH)
                for line in _lines(link):
                    position = parse(line)
                    if position is not None:
                        self._fix, any_fix = (self._clock(), position), True
        except (OSError, UnicodeError):  # UnicodeError: a host name that is none
            pass
        finally:
            self._link = None
        return any_fix


def gpsd_at(address: str) -> GpsdGnss:
    """`HOST:PORT`, as recorder.toml names it."""
    host, _colon, port = address.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()):
        raise CallerError("gpsd", "gpsd's address is written as HOST:PORT.")
    return GpsdGnss(host.strip("[]"), int(port))


def _lines(link: socket.socket) -> Iterator[bytes]:
    rest = b""
    while data := link.recv(4096):
        *lines, rest = (rest + data).split(b"\n")
        yield from lines
        if len(rest) > MAX_LINE:
            return


def parse(line: bytes) -> Position | None:
    """None for whatever is not a fix."""
    if len(line) > MAX_LINE:
        return None
    try:
        report = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(report, dict) or report.get("class") != "TPV" or report.get("mode") not in (2, 3):
        return None
    at, lat, lon = _time(report.get("time")), _within(report, "lat", 90), _within(report, "lon", 180)
    if at is None or lat is None or lon is None:
        return None
    return Position(at, round(lat * 10**7), round(lon * 10**7), _error_mm(report))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _within(report: dict[str, Any], name: str, bound: int) -> float | None:
    number = _number(report.get(name))
    return number if number is not None and abs(number) <= bound else None


def _error_mm(report: dict[str, Any]) -> int | None:
    """`eph`: horizontal, 95 %, metres; older gpsd gives one error for each direction."""
    eph = _number(report.get("eph"))
    if eph is None:
        both = _number(report.get("epx")), _number(report.get("epy"))
        eph = math.hypot(*(one for one in both if one is not None)) if None not in both else None
    return round(eph * 1000) if eph is not None and 0 <= eph < 10**6 else None


def _time(value: Any) -> datetime | None:
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return None
