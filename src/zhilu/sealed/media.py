"""Checking sealed media against the journal (spec/sealed-media.md §4), without any key.

Segments are found by the signed offsets only and compared by hash while the journal is read; nothing is kept.
Neighbours that are damaged in the same way are one finding: from when to when, and which.
Reading and hashing run in two threads, a few segments ahead: the libraries release the interpreter's lock.
Of a clip (spec/copies.md §2) the disclosed segments are sealed once more and compared, the others left out.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from zhilu.encoding import sha256
from zhilu.errors import DataError
from zhilu.sealed.clip import FILE as CLIP
from zhilu.sealed.clip import ClipMedia, name_for
from zhilu.sealed.journal import Segment
from zhilu.sealed.report import Place, Report

FILE = "media.sealed"
THREADS = 2
AHEAD = 4
"""Segments in hand at once: at most 64 MiB."""
MAX_FINDINGS = 100
"""Holes that are listed; whoever damaged every other segment need not be told of each."""


class ReadAt(Protocol):
    """Where the bytes are; called from other threads."""

    @property
    def size(self) -> int: ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes; fewer only at the end of the file."""
        ...


def check_segment(segment: Segment, sealed: bytes) -> None:
    """Refuses with `media-short` or `segment-hash`."""
    if len(sealed) != segment.length:
        raise DataError("media-short", "Segment {i} ends beyond the end of the media.", i=segment.i)
    if sha256(sealed) != segment.sha256:
        raise DataError("segment-hash", "Segment {i} is not the one that was signed.", i=segment.i)


@dataclass
class _Hole:
    """Segments one after the other, all damaged in one way."""

    code: str
    first: Segment
    last: Segment

    def told(self, file: str) -> tuple[str, str, Place, str]:
        first, last = self.first.i, self.last.i
        place = Place(file, segment=first, offset=self.first.offset if file == FILE else None)
        return "media", self.code, place, "" if first == last else f"segments {first} to {last}"


class MediaCheck:
    """Give it the segments in order; at the end the report holds what was wrong, in order."""

    def __init__(self, media: ReadAt | ClipMedia, report: Report) -> None:
        self._media = media
        self._span_us: tuple[int, int] | None = None
        self._report = report
        self._pool = ThreadPoolExecutor(THREADS, "segments")
        self._pending: deque[tuple[Segment, Future[None]]] = deque()
        self._holes: list[_Hole] = []
        self.segments = 0
        """How many were as signed."""

    def __enter__(self) -> MediaCheck:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=kind is not None)

    def add(self, segment: Segment) -> None:
        offset = segment.offset
        if isinstance(self._media, ClipMedia):
            if not self._media.holds(segment.i):
                return
            offset = self._media.take(segment)
            self._note_span(segment)
        if len(self._pending) >= AHEAD:
            self._settle()
        self._pending.append((segment, self._pool.submit(self._check, segment, offset)))

    def finish(self, length: int | None, media_type: str | None) -> None:
        """`length`: bytes of media that the journal accounts for; None where it was not read to its end.
        `media_type`: what its first line says; None where it was not read.
        """
        while self._pending:
            self._settle()
        file = self._media.clip.file if isinstance(self._media, ClipMedia) else FILE
        for hole in self._holes:
            self._report.add(*hole.told(file), since=hole.first.since, until=hole.last.at)
        if isinstance(self._media, ClipMedia):
            self._finish_clip(self._media, length is not None, media_type)
        elif length is not None and self._media.size > length:
            self._report.add(
                "media", "media-long", Place(FILE, offset=length), f"{self._media.size - length} bytes"
            )

    def _finish_clip(self, media: ClipMedia, whole: bool, media_type: str | None) -> None:
        clip, place = media.clip, Place(CLIP)
        if media_type is not None and clip.file != name_for(media_type):
            # A forged film could lie beside under the name that everybody would open.
            self._report.add("media", "clip", place, f"file {clip.file}")
        self._report.facts["clip"] = {"from": clip.first, "to": clip.last, "file": clip.file}
        if self._span_us is not None:
            self._report.facts["clip_us"] = list(self._span_us)
        if whole and media.missing:
            self._report.add("media", "clip-span", place, f"segments {media.missing}")
        if whole and media.size > media.length:
            extra = f"{media.size - media.length} bytes"
            self._report.add("media", "media-long", Place(clip.file, offset=media.length), extra)

    def _note_span(self, segment: Segment) -> None:
        if segment.i > 0:
            end = segment.pts_us + segment.duration_us
            first, last = self._span_us or (segment.pts_us, end)
            self._span_us = min(first, segment.pts_us), max(last, end)

    def _check(self, segment: Segment, offset: int) -> None:
        if isinstance(self._media, ClipMedia):
            check_segment(segment, self._media.seal(segment, offset))
        else:
            check_segment(segment, self._media.read_at(offset, segment.length))

    def _settle(self) -> None:
        segment, future = self._pending.popleft()
        try:
            future.result()
            self.segments += 1
        except DataError as error:
            self._damaged(segment, error.code)

    def _damaged(self, segment: Segment, code: str) -> None:
        last = self._holes[-1] if self._holes else None
        if last is not None and (last.code, last.last.i + 1) == (code, segment.i):
            last.last = segment
        elif len(self._holes) < MAX_FINDINGS:
            self._holes.append(_Hole(code, segment, segment))
