"""Where each segment lies in `media.sealed`: 44 bytes a segment (u64 offset, u32 length, SHA-256), made
from the journal.

It is a cache: whoever loses it makes it again. So a request for one segment reads 44 bytes, not a journal.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from zhilu.durable import sync_file
from zhilu.sealed.journal import Segment

_ROW = struct.Struct(">QI32s")


@dataclass(frozen=True)
class Place:
    """One segment: bytes offset and length in the media, SHA-256 of the sealed bytes."""

    offset: int
    length: int
    sha256: bytes


def write(path: Path, segments: Iterable[Segment]) -> None:
    """Durable: what counts as whole is measured by it."""
    with path.open("wb") as file:
        for segment in segments:
            file.write(_ROW.pack(segment.offset, segment.length, segment.sha256))
        sync_file(file)


def totals(path: Path) -> tuple[int, int]:
    """How many segments, and their bytes in all."""
    count = path.stat().st_size // _ROW.size if path.exists() else 0
    last = read(path, count - 1) if count else None
    return count, last.offset + last.length if last else 0


def read(path: Path, i: int) -> Place | None:
    """Segment i, None beyond the end."""
    with path.open("rb") as file:
        file.seek(i * _ROW.size)
        row = file.read(_ROW.size)
    return Place(*_ROW.unpack(row)) if len(row) == _ROW.size else None


def read_all(path: Path) -> Iterable[Place]:
    with path.open("rb") as file:
        while len(row := file.read(_ROW.size)) == _ROW.size:
            yield Place(*_ROW.unpack(row))
