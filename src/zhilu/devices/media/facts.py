"""What a CMAF header and its fragments say of themselves: codecs, size of the picture, times.

Read from the very bytes that are sealed, so that the journal cannot say otherwise than the media.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhilu.devices.media.boxes import Box, boxes, find, find_one
from zhilu.errors import DataError


@dataclass(frozen=True)
class Header:
    """Segment 0. `codec` is an RFC 6381 list; `video_track` counts time in units of 1 / `timescale` s."""

    data: bytes
    codec: str
    width: int
    height: int
    video_track: int
    timescale: int


@dataclass(frozen=True)
class Fragment:
    """A segment from 1 on: `pts_us` is where its picture begins in the stream, both in microseconds.

    `black`, `silent`: all of it is; None where it was not judged, or has no sound (judge.py)."""

    data: bytes
    pts_us: int
    duration_us: int
    black: bool | None = None
    silent: bool | None = None


MAX_SAMPLES = 100_000
"""Of one run: half an hour of pictures. A run may count four billion in a few bytes."""


def _int(data: bytes, at: int, size: int) -> int:
    if at + size > len(data):
        raise DataError("boxes", "The media stream is not a fragmented MP4: {why}", why="box cut short")
    return int.from_bytes(data[at : at + size], "big")


def read_header(data: bytes) -> Header:
    codecs: list[str] = []
    picture: tuple[int, int, int, int] | None = None
    for trak in find(data, "moov/trak"):
        entry = _sample_entry(data, trak)
        codecs.append(_codec(data, entry))
        if entry.kind in ("avc1", "avc3"):
            size = _int(data, entry.content + 24, 2), _int(data, entry.content + 26, 2)
            picture = (*size, _track_id(data, trak), _timescale(data, trak))
    if picture is None or picture[3] == 0:
        raise DataError("boxes", "The header names no picture.")
    return Header(data, ",".join(codecs), *picture)


def _sample_entry(data: bytes, trak: Box) -> Box:
    stsd = find_one(data, "mdia/minf/stbl/stsd", trak.content, trak.end)
    for entry in boxes(data, stsd.content + 8, stsd.end):
        return entry
    raise DataError("boxes", "A track names no codec.")


def _codec(data: bytes, entry: Box) -> str:
    if entry.kind in ("avc1", "avc3"):
        config = find_one(data, "avcC", entry.content + 78, entry.end).content
        return f"{entry.kind}.{_int(data, config + 1, 3):06x}"
    if entry.kind == "mp4a":
        return f"mp4a.40.{_audio_object_type(data, entry)}"
    return entry.kind


def _audio_object_type(data: bytes, entry: Box) -> int:
    """The first five bits of AAC's AudioSpecificConfig, in the descriptor with tag 5."""
    esds = find_one(data, "esds", entry.content + 28, entry.end)
    at, end = esds.content + 4, esds.end
    while at < end:
        tag, at = data[at], at + 1
        length = 0
        for _ in range(4):
            byte, at = _int(data, at, 1), at + 1
            length = length << 7 | byte & 0x7F
            if byte < 0x80:
                break
        if tag == 3:
            at += 3  # ES_ID and flags; what it holds follows
        elif tag == 4:
            at += 13
        elif tag == 5:
            kind = _int(data, at, 1) >> 3
            return kind if kind != 31 else 32 + (_int(data, at, 2) >> 5 & 0x3F)
        else:
            at += length
    raise DataError("boxes", "The sound's description is cut short.")


def _track_id(data: bytes, trak: Box) -> int:
    tkhd = find_one(data, "tkhd", trak.content, trak.end).content
    return _int(data, tkhd + (20 if _int(data, tkhd, 1) == 1 else 12), 4)


def _timescale(data: bytes, trak: Box) -> int:
    mdhd = find_one(data, "mdia/mdhd", trak.content, trak.end).content
    return _int(data, mdhd + (20 if _int(data, mdhd, 1) == 1 else 12), 4)


def read_fragment(header: Header, data: bytes) -> Fragment:
    """A fragment without picture (the sound's tail) begins where its sound does, and lasts 0."""
    for traf in find(data, "moof/traf"):
        tfhd = find_one(data, "tfhd", traf.content, traf.end).content
        if _int(data, tfhd + 4, 4) == header.video_track:
            start, length = _times(data, traf, tfhd)
            return Fragment(data, start * 10**6 // header.timescale, length * 10**6 // header.timescale)
    return Fragment(data, -1, 0)


def _times(data: bytes, traf: Box, tfhd: int) -> tuple[int, int]:
    """(earliest presentation, sum of durations) of one track in its own units."""
    tfdt = find_one(data, "tfdt", traf.content, traf.end).content
    decode = _int(data, tfdt + 4, 8 if _int(data, tfdt, 1) == 1 else 4)
    start, first = decode, decode
    earliest: int | None = None
    for trun in find(data, "trun", traf.content, traf.end):
        for duration, offset in _samples(data, trun.content, _default_duration(data, tfhd)):
            shown = decode + offset
            earliest = shown if earliest is None else min(earliest, shown)
            decode += duration
    start = first if earliest is None else max(earliest, 0)
    return start, decode - first


def _default_duration(data: bytes, tfhd: int) -> int:
    flags = _int(data, tfhd + 1, 3)
    at = tfhd + 8 + (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
    return _int(data, at, 4) if flags & 0x8 else 0


def _samples(data: bytes, trun: int, default_duration: int) -> list[tuple[int, int]]:
    """(duration, composition offset) of each sample of a run."""
    version, flags, count = (_int(data, trun + place, size) for place, size in ((0, 1), (1, 3), (4, 4)))
    if count > MAX_SAMPLES:
        raise DataError("boxes", "The media stream is not a fragmented MP4: {why}", why="too many samples")
    at = trun + 8 + (4 if flags & 0x1 else 0) + (4 if flags & 0x4 else 0)
    found = []
    for _ in range(count):
        duration, offset = default_duration, 0
        if flags & 0x100:
            duration, at = _int(data, at, 4), at + 4
        at += (4 if flags & 0x200 else 0) + (4 if flags & 0x400 else 0)
        if flags & 0x800:
            offset, at = _int(data, at, 4), at + 4
            offset -= 2**32 if version == 1 and offset >= 2**31 else 0
        found.append((duration, offset))
    return found
