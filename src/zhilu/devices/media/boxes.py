"""ISO BMFF boxes, as little of them as is needed to cut a fragmented MP4 stream into its pieces.

`BoxSplitter` is the file object that FFmpeg writes to. It takes `ftyp` and `moov` as the header and each
`moof` with its `mdat` as one fragment, and refuses any other box: what is sealed is exactly what was
written, nothing dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zhilu.errors import DataError

MAX_PIECE = 17 * 2**20
"""Bytes. A limit for this parser only; what may be sealed is 1 MiB smaller."""


@dataclass(frozen=True)
class Box:
    """One box: its four letters, and where its content lies in the bytes it was read from."""

    kind: str
    start: int
    content: int
    end: int


def _bad(why: str) -> DataError:
    return DataError("boxes", "The media stream is not a fragmented MP4: {why}", why=why)


def read_box(data: bytes | bytearray, start: int, end: int) -> Box | None:
    """The box at `start`, or None where its head has not arrived. Its end may lie beyond `end`."""
    if end - start < 8:
        return None
    size, content = int.from_bytes(data[start : start + 4], "big"), start + 8
    if size == 1:
        if end - start < 16:
            return None
        size, content = int.from_bytes(data[start + 8 : start + 16], "big"), start + 16
    if size < content - start or size > MAX_PIECE:
        raise _bad(f"box of {size} bytes")
    return Box(bytes(data[start + 4 : start + 8]).decode("latin-1"), start, content, start + size)


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes that lie one after another in `data[start:end]`, all of them whole."""
    end = len(data) if end is None else end
    while start < end:
        box = read_box(data, start, end)
        if box is None or box.end > end:
            raise _bad("box cut short")
        yield box
        start = box.end


def find(data: bytes, path: str, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Boxes at a path such as `moov/trak/mdia`, in order."""
    first, _, rest = path.partition("/")
    for box in boxes(data, start, end):
        if box.kind == first:
            if rest:
                yield from find(data, rest, box.content, box.end)
            else:
                yield box


def find_one(data: bytes, path: str, start: int = 0, end: int | None = None) -> Box:
    for box in find(data, path, start, end):
        return box
    raise _bad(f"no {path}")


class BoxSplitter:
    """A file object for writing only: bytes in, header and fragments out, whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._pieces: list[bytes] = []
        self._begun = 0

    def write(self, data: bytes) -> int:
        self._buffer += data
        while (box := read_box(self._buffer, self._begun, len(self._buffer))) and box.end <= len(
            self._buffer
        ):
            self._take(box)
        return len(data)

    def take(self) -> list[bytes]:
        """The pieces that have become whole since the last call; the first of all is the header."""
        pieces, self._pieces = self._pieces, []
        return pieces

    @property
    def rest(self) -> int:
        """Bytes of a piece that is not whole."""
        return len(self._buffer)

    def _take(self, box: Box) -> None:
        """`ftyp` and `moof` begin a piece and wait for the box that ends it."""
        begins = self._begun == 0
        if begins and box.kind in ("ftyp", "moof"):
            self._begun = box.end
        elif not begins and (self._buffer[4:8].decode("latin-1"), box.kind) in (
            ("ftyp", "moov"),
            ("moof", "mdat"),
        ):
            with memoryview(self._buffer) as view:
                self._pieces.append(bytes(view[: box.end]))
            del self._buffer[: box.end]
            self._begun = 0
        else:
            raise _bad(f"box {box.kind} out of place")
