"""The station's copy of a recorder's logbook."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from zhilu.protocols.arrival import Tail
from zhilu.sealed.lines import MAX_LINE, unverified_payload


class Logbook:
    """The held copy of a recorder's logbook, whole lines only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tail(self) -> Tail:
        """The end of what is held; a torn last line is cut off first."""
        if not self.path.exists():
            return Tail()
        with self.path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - 2 * MAX_LINE)
            file.seek(start)
            rest = file.read()
            whole = rest[: rest.rfind(b"\n") + 1]
            if len(whole) != len(rest):
                file.truncate(start + len(whole))
        last = whole.removesuffix(b"\n").rpartition(b"\n")[2]
        return Tail.of(last) if last else Tail()

    def line(self, n: int) -> bytes:
        """Line number n without its LF; empty where it is not held."""
        with self.path.open("rb") as file:
            return next(itertools.islice(file, n, None), b"").removesuffix(b"\n")

    def cleared(self, start: int = 0) -> set[UUID]:
        """Recordings that the recorder says it has cleared, from line `start` on. The lines were verified
        when they came."""
        with self.path.open("rb") as file:
            new = itertools.islice(file, start, None)
            told = [unverified_payload(line) for line in new if line.endswith(b"\n")]
        return {UUID(line["id"]) for line in told if line["type"] == "cleared"}

    def append(self, lines: bytes) -> None:
        """Whole lines; durable when it returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(lines)
            file.flush()
            os.fdatasync(file.fileno())

    def chunks(self, start: int, limit: int) -> Iterator[tuple[int, bytes]]:
        """(number of the first line, lines) from line `start` on, each chunk of at most `limit` bytes."""
        if not self.path.exists():
            return
        held, first = bytearray(), start
        with self.path.open("rb") as file:
            for n, line in enumerate(file):
                if n < start or not line.endswith(b"\n"):
                    continue
                if len(held) + len(line) > limit:
                    yield first, bytes(held)
                    held, first = bytearray(), n
                held += line
        if held:
            yield first, bytes(held)
