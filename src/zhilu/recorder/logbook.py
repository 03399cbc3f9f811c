"""The logbook on disk: read and verified at every start, then only appended to (spec/journal.md §2, §3).

- A line is durable before anything that follows from it happens: `write` returns after fdatasync.
- The counter goes up before its line is written. A crash between the two leaves a step of two, which
  readers report: so be it. To use the raised value again would let whoever cuts off a line hide it.
- Bytes after the last LF are a write that power cut short: cut at start, and said in a `fault` line.
- A logbook that does not verify is not continued: that would make a fork.
- Storage without room: what was set aside is given up, and the line is tried once more. The last words of a
  recorder with a full disk are `fault`, `recording-closed`, `shutdown`.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from zhilu.devices.clock import Clock
from zhilu.devices.counter import Counter
from zhilu.durable import Appender, cut
from zhilu.errors import DataError, WorldError
from zhilu.recorder import memory
from zhilu.sealed.keys import Signer, load_jwk
from zhilu.sealed.lines import FIRST, LOGBOOK, MAX_LINE, Chain
from zhilu.sealed.logbook import LogbookReader

COUNTED = frozenset({"boot", "recording-opened", "recording-closed", "recovered"})
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

STATE = "logbook.state"
MUCH = 256 * 1024
"""Bytes of lines that are read in no time; after more of them the state is remembered anew."""

Done = TypeVar("Done")


class Logbook:
    """`reader` knows what has been written: `enrolled`, `recordings`, `lines`, `head`."""

    def __init__(self, path: Path, signer: Signer, counter: Counter, clock: Clock) -> None:
        self.path = path
        self.signer = signer
        self.clock = clock
        self._counter = counter
        self.make_room: Callable[[], None] = lambda: None
        """Called once where a write finds no room, before it is tried again."""
        self.torn = cut_torn_tail(path) if path.exists() else 0
        self.reader = LogbookReader(load_jwk(signer.jwk), signer.kid, "last")
        self.newest: dict[str, dict[str, Any]] = {}
        """Newest payload of each type; of `trust-changed` by the kind of entry."""
        self._read(path.with_name(STATE))
        self._chain = Chain(self.reader.head or FIRST, self.reader.lines)
        self._file = Appender(path) if self.reader.lines else None

    def _read(self, state: Path) -> None:
        """What is remembered, then the lines after it. One signature vouches for all of them: each line has
        the hash of the one before, and the last is verified before anything is written."""
        if not self.path.exists():
            return
        known, self.newest = memory.recall(state, self.signer, self.path, self.reader)
        for payload in self.newest.values():
            self._counter.seen(payload.get("counter", 0))
        for line in read_lines(self.path, known):
            self._take(line)
        self.reader.check_last()
        self._sound()
        size = self.path.stat().st_size
        if size - known > MUCH:
            memory.store(state, self.signer, self.path, size, self.reader, self.newest)

    def _take(self, line: bytes) -> None:
        payload = self.reader.feed(line)
        if payload is None:
            self._sound()
            return
        self.newest[str(payload.get("kind", payload["type"]))] = payload
        if payload["type"] in COUNTED:
            self._counter.seen(payload["counter"])

    def _sound(self) -> None:
        if self.reader.stopped:
            raise DataError("logbook", "The logbook is damaged: {found}", found=self.reader.findings[-1])

    @property
    def exists(self) -> bool:
        return self._file is not None

    @property
    def n(self) -> int:
        """Number of the last line."""
        return self.reader.lines - 1

    @property
    def head(self) -> str:
        return (self.reader.head or b"").hex()

    def write(self, type_: str, clock: Clock | None = None, **fields: Any) -> bytes:
        """Append a line, durable; returns it. `clock`: another than the recorder's own."""
        clock = clock or self.clock
        if type_ in COUNTED:
            fields = {"counter": self.next_number()} | fields
        # A crash here: the counter is ahead of the logbook by one, and stays so.
        line = self._chain.next(self.signer, LOGBOOK, type_, clock.now(), clock.mono_us(), **fields)
        try:
            self._with_room(lambda: self._append(line))
        except OSError as error:
            self._chain = Chain(self.reader.head or FIRST, self.reader.lines)
            raise WorldError(
                "logbook-write", "The logbook cannot be written: {reason}", reason=error
            ) from error
        self._take(line)
        return line

    @property
    def number(self) -> int:
        """Where the counter stands."""
        return self._counter.value()

    def next_number(self) -> int:
        """The counter, raised: for a line here or a `minute` of a journal, which must come after it."""
        return self._with_room(self._counter.increase)

    def seen(self, number: int) -> None:
        """A line of a journal carries this number."""
        self._counter.seen(number)

    def _with_room(self, step: Callable[[], Done]) -> Done:
        try:
            return step()
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
        self.make_room()
        return step()

    def _append(self, line: bytes) -> None:
        if self._file is None:
            self._file = Appender(self.path)
        try:
            self._file.append(line)
        except OSError:
            self._resume(self._file)
            raise

    def _resume(self, file: Appender) -> None:
        """The line is not there: what half arrived is dropped at once, or at the next start at the latest."""
        try:
            file.rewind()
        except OSError:
            # Another line after half a line would spoil both: nothing more is written by this process.
            file.close()

    def lines_from(self, n: int) -> Iterator[bytes]:
        """Lines from number n on, verbatim."""
        for number, line in enumerate(read_lines(self.path)):
            if number >= n:
                yield line


def read_lines(path: Path, start: int = 0) -> Iterator[bytes]:
    """Lines with their LF from a place on; nothing where there is no file. Longer ones come in pieces and
    will be refused."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(start)
        while line := file.readline(MAX_LINE + 1):
            yield line


def cut_torn_tail(path: Path) -> int:
    """Drop bytes after the last LF, durable; returns how many there were."""
    size = path.stat().st_size
    whole = _whole(path, size)
    return cut(path, whole) if whole < size else 0


def _whole(path: Path, size: int) -> int:
    """Size up to and with the last LF."""
    with path.open("rb") as file:
        end = size
        while end > 0:
            start = max(0, end - MAX_LINE)
            file.seek(start)
            place = file.read(end - start).rfind(b"\n")
            if place >= 0:
                return start + place + 1
            end = start
    return 0


def last_line(path: Path) -> bytes:
    """The last whole line with its LF; nothing where there is none."""
    if not path.exists():
        return b""
    end = _whole(path, path.stat().st_size)
    with path.open("rb") as file:
        start = max(0, end - MAX_LINE - 1)
        file.seek(start)
        data = file.read(end - start)
    return data[data[:-1].rfind(b"\n") + 1 :]
