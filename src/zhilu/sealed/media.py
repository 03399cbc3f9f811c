"""Checking sealed media against the journal (spec/sealed-media.md §4), without any key.

Segments are found by the signed offsets only and compared by hash while the journal is read; nothing is kept.
Reading and hashing run in two threads, a few segments ahead: the libraries release the interpreter's lock.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Protocol

from zhilu.encoding import sha256
from zhilu.errors import DataError
from zhilu.sealed.journal import Segment
from zhilu.sealed.report import Place, Report

FILE = "media.sealed"
THREADS = 2
AHEAD = 4
"""Segments in hand at once: at most 64 MiB."""
MAX_FINDINGS = 100
"""Of one kind; a recording of other media altogether need not be listed segment by segment."""


class ReadAt(Protocol):
    """Where the bytes are; called from other threads."""

    @property
    def size(self) -> int: ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes; fewer only at the end of the file."""
        ...


class MemoryMedia:
    """Media in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


def check_segment(segment: Segment, sealed: bytes) -> None:
    """Refuses with `media-short` or `segment-hash`."""
    if len(sealed) != segment.length:
        raise DataError("media-short", "Segment {i} ends beyond the end of the media.", i=segment.i)
    if sha256(sealed) != segment.sha256:
        raise DataError("segment-hash", "Segment {i} is not the one that was signed.", i=segment.i)


class MediaCheck:
    """Give it the segments in order; at the end the report holds what was wrong, in order."""

    def __init__(self, media: ReadAt, report: Report) -> None:
        self._media = media
        self._report = report
        self._pool = ThreadPoolExecutor(THREADS, "segments")
        self._pending: deque[tuple[Segment, Future[None]]] = deque()
        self._found = 0
        self.segments = 0
        """How many were as signed."""

    def __enter__(self) -> MediaCheck:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=kind is not None)

    def add(self, segment: Segment) -> None:
        if len(self._pending) >= AHEAD:
            self._settle()
        self._pending.append((segment, self._pool.submit(self._check, segment)))

    def finish(self, length: int | None) -> None:
        """`length`: bytes of media that the journal accounts for; None where it was not read to its end."""
        while self._pending:
            self._settle()
        if length is not None and self._media.size > length:
            self._report.add(
                "media", "media-long", Place(FILE, offset=length), f"{self._media.size - length} bytes"
            )

    def _check(self, segment: Segment) -> None:
        check_segment(segment, self._media.read_at(segment.offset, segment.length))

    def _settle(self) -> None:
        segment, future = self._pending.popleft()
        try:
            future.result()
            self.segments += 1
        except DataError as error:
            self._found += 1
            if self._found <= MAX_FINDINGS:
                self._report.add("media", error.code, Place(FILE, segment=segment.i, offset=segment.offset))
