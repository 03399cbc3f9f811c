"""What comes out of a recorder, judged as it arrives: nothing is believed, nothing is endless, little is
held.

- lines: whole, at most 64 KiB each
- a journal: signed and chained, of the recording asked for, as many lines as the hello announced, and in
  the end with the very last line, segments and length that it announced (`closed-as`)
- a logbook: continues what is held of it, or is a `fork`
- media: exactly the segments that the journal announces, each compared with its hash
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.encoding import hex32
from zhilu.errors import DataError
from zhilu.protocols.docking_messages import Held
from zhilu.sealed.journal import JournalReader
from zhilu.sealed.lines import LOGBOOK, MAX_LINE, line_hash, parse_line, unverified_payload
from zhilu.strictjson import fields


class Lines:
    """Cuts a stream into lines, each with its LF. Holds one line at most: a longer one is `line-too-long`."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        *whole, self._held = (self._held + data).split(b"\n")
        for line in whole:
            yield line + b"\n"
        if len(self._held) >= MAX_LINE:
            raise DataError("line-too-long", "A line of {length} bytes is too long.", length=len(self._held))

    def finish(self) -> None:
        if self._held:
            raise DataError("torn-tail", "The file ends in the middle of a line.")


class JournalCheck:
    """A journal as it arrives: every line signed and chained, and not one more than the hello announced."""

    def __init__(self, key: EllipticCurvePublicKey, kid: str, held: Held) -> None:
        self._reader = JournalReader(key, kid)
        self._held = held

    def feed(self, line: bytes) -> None:
        reader = self._reader
        if reader.lines >= self._held.lines:
            raise DataError("closed-as", "The journal has more lines than the recorder said.")
        if reader.feed(line) is None:
            found = reader.findings[0]
            raise DataError(found.code, "The journal is refused: {found}", found=str(found))
        assert reader.open is not None
        if reader.open.recording != self._held.id:
            raise DataError("id", "The journal is of another recording.")

    def finish(self) -> None:
        """Lines, last line, segments and length are those of the hello."""
        reader, held = self._reader, self._held
        found = (reader.lines, (reader.head or b"").hex(), reader.segments, reader.length)
        if found != (held.lines, held.last, held.segments, held.length):
            raise DataError("closed-as", "The journal is not the one that the recorder named.")


@dataclass(frozen=True)
class Tail:
    """The end of a logbook that is held: number and hash of its last line; -1 and zeros for none."""

    n: int = -1
    head: bytes = bytes(32)

    @classmethod
    def of(cls, last_line: bytes) -> Tail:
        """After a line that was verified when it came."""
        return cls(_payload(last_line)["n"], line_hash(last_line))

    def after(self, line: bytes, key: EllipticCurvePublicKey, kid: str) -> Tail:
        """The tail with one more line; DataError `fork` where the line does not continue what is held."""
        payload = parse_line(line, LOGBOOK, key, kid)
        if payload["n"] != self.n + 1 or payload["prev"] != self.head.hex():
            raise DataError("fork", "The recorder's logbook is not the one that is held.", n=payload["n"])
        return Tail(payload["n"], line_hash(line))


def check_docked(line: bytes, before: Tail, key: EllipticCurvePublicKey, kid: str, digest: bytes) -> None:
    """The recorder's answer to a handover: its next line, of type `docked`, over this D (`docked`)."""
    before.after(line, key, kid)
    payload = _payload(line)
    if (payload["type"], payload.get("handover")) != ("docked", digest.hex()):
        raise DataError("docked", "The recorder's answer is not to this handover.")


def check_same_life(tail: Tail, n: int, head: str) -> None:
    """What the recorder says of its logbook's end against what is held: never shorter, never another."""
    if tail.n > n or (tail.n == n and tail.head.hex() != head):
        raise DataError("fork", "The recorder's logbook is not the one that is held.", n=n)


@dataclass(frozen=True)
class Wanted:
    """One sealed segment as the signed journal announces it: place and length in bytes."""

    i: int
    offset: int
    length: int
    sha256: bytes


def announced(lines: Iterable[bytes]) -> Iterator[Wanted]:
    """The segments of a journal that was verified when it came; one line is held at a time."""
    for line in lines:
        payload = _payload(line)
        if payload["type"] == "segment":
            yield Wanted(payload["i"], payload["offset"], payload["length"], hex32(payload["sha256"]))


def _payload(line: bytes) -> dict[str, Any]:
    shape = {"n": int, "type": str}
    payload = unverified_payload(line)
    return payload | fields(payload, shape)


class Splitter:
    """Cuts a stream of media at the segments that the journal announces, and compares each hash.

    Holds no media: pieces pass through as they come. The piece that ends a segment comes with that
    segment, and only if its hash is right (`segment-hash`): what was passed on before it since the last
    whole segment is then worthless. What comes beyond the last announced byte is refused at once
    (`media-long`): no stream is endless.
    """

    def __init__(self, wanted: Iterator[Wanted]) -> None:
        self._wanted = wanted
        self._begin()

    def _begin(self) -> None:
        self._now = next(self._wanted, None)
        self._missing = self._now.length if self._now else 0
        self._hash = hashlib.sha256()

    def feed(self, data: bytes) -> Iterator[tuple[memoryview, Wanted | None]]:
        """(piece, the segment that it ends or None)"""
        view = memoryview(data)
        while view:
            if self._now is None:
                raise DataError("media-long", "The recorder sends more media than its journal announces.")
            piece, view = view[: self._missing], view[self._missing :]
            self._hash.update(piece)
            self._missing -= len(piece)
            yield piece, None if self._missing else self._whole(self._now)

    def _whole(self, wanted: Wanted) -> Wanted:
        if self._hash.digest() != wanted.sha256:
            raise DataError("segment-hash", "Segment {i} is not the one in the journal.", i=wanted.i)
        self._begin()
        return wanted

    def finish(self) -> None:
        if self._now is not None:
            raise DataError("media-short", "The media end before segment {i} is whole.", i=self._now.i)
