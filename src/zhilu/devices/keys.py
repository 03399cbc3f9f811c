"""The mark key: how often was it pressed since last asked (重点标记).

`EvdevKeys` reads an input device of Linux, any key of it: the button of a recorder has no other.
`TerminalKeys` takes the key `m`. Neither waits, neither raises while it is asked: a key that has been pulled
out is a key that is not pressed.
"""

from __future__ import annotations

import os
import select
import struct
import sys
import termios
import tty
from pathlib import Path
from typing import Any, Protocol, TextIO

from zhilu.errors import WorldError

EVENT = struct.Struct("@llHHi")
"""struct input_event of linux/input.h: seconds, microseconds, type, code, value."""
EV_KEY, PRESSED = 1, 1
"""Value 0 is the release, 2 the repetition of a key held down: neither is a press."""
MAX_READ = 64
"""Events taken at one asking; the kernel keeps the next ones."""


class Keys(Protocol):
    def presses(self) -> int:
        """How many since last asked."""
        ...

    def close(self) -> None: ...


class EvdevKeys:
    def __init__(self, path: Path) -> None:
        """WorldError `keys` where the device cannot be opened."""
        try:
            self._handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise WorldError(
                "keys", "The mark key {path} cannot be read: {reason}", path=path, reason=error.strerror
            ) from None
        self._rest = b""

    def presses(self) -> int:
        if self._handle < 0:
            return 0
        try:
            data = os.read(self._handle, MAX_READ * EVENT.size)
        except BlockingIOError:
            return 0
        except OSError:
            self.close()  # pulled out
            return 0
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        events = EVENT.iter_unpack(data[:whole])
        return sum(kind == EV_KEY and value == PRESSED for _s, _us, kind, _code, value in events)

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


class TerminalKeys:
    """Key by key and without echo while it is open; Ctrl-C stays a signal. Where there is no terminal, no key
    is ever pressed."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stdin if stream is None else stream
        self._before: list[Any] | None = None
        if self._stream is not None and not self._stream.closed and self._stream.isatty():
            self._handle = self._stream.fileno()
            self._before = termios.tcgetattr(self._handle)
            tty.setcbreak(self._handle)

    def presses(self) -> int:
        if self._before is None:
            return 0
        try:
            ready, _out, _bad = select.select([self._handle], [], [], 0)
            data = os.read(self._handle, 256) if ready else b""
        except OSError:
            return 0  # the terminal is gone
        return data.count(b"m") + data.count(b"M")

    def close(self) -> None:
        if self._before is not None:
            try:
                termios.tcsetattr(self._handle, termios.TCSADRAIN, self._before)
            except termios.error:
                pass  # the terminal is gone
            self._before = None
