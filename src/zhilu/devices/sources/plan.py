"""May a file be passed through as it is, packet for packet? (spec/sealed-media.md §1)

Video: H.264 that begins with a key frame, whose fragments (from a key frame to the first key frame after 2
s) stay within 10 s and 16 MiB, with decoding times that go forward. Sound: AAC that brings its description.
Anything else is encoded anew. The judgement comes before the first packet: a recording has one codec.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import av

MAX_FRAGMENT_S = 10.0
MIN_FRAGMENT_S = 2.0
MAX_FRAGMENT = 15 * 2**20
"""Bytes of picture and sound: 1 MiB below the limit of a segment, for the boxes around them."""

Sample = tuple[float, int, bool]
"""(decoding time in seconds, bytes, begins with a key frame)"""


def picture_of(container: Any) -> Any | None:
    """The first moving picture: not a cover."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    return None


def sound_of(container: Any) -> Any | None:
    return next(iter(container.streams.audio), None)


def copies_sound(stream: Any) -> bool:
    return bool(stream.codec_context.name == "aac" and stream.codec_context.extradata)


def copies_picture(path: str, stream: Any) -> bool:
    context = stream.codec_context
    if context.name != "h264" or not context.extradata:
        return False
    return fits(_indexed(stream) if _has_whole_index(stream) else _demuxed(path, stream.index))


def fits(samples: Iterable[Sample]) -> bool:
    growing = Growing()
    return all(growing.takes(sample) for sample in samples) and growing.begun


class Growing:
    """The fragment that grows while packets are passed through."""

    def __init__(self) -> None:
        self.begun = False
        self._began_s, self._size, self._last_s = 0.0, 0, float("-inf")

    def takes(self, sample: Sample) -> bool:
        """False: time went back, or the fragment is over its limits."""
        at_s, length, key = sample
        if at_s < self._last_s or not (self.begun or key):
            return False
        if key and (not self.begun or at_s - self._began_s >= MIN_FRAGMENT_S):
            self._began_s, self._size = at_s, 0
        self.begun, self._last_s, self._size = True, at_s, self._size + length
        return self._size <= MAX_FRAGMENT and at_s - self._began_s <= MAX_FRAGMENT_S


def _has_whole_index(stream: Any) -> bool:
    """MP4 lists every sample; other formats list some, or none."""
    return bool(0 < stream.frames == len(stream.index_entries))


def _indexed(stream: Any) -> Iterator[Sample]:
    # Sound is not in this index; a sixteenth of the limit is left for it.
    for entry in stream.index_entries:
        yield float(entry.timestamp * stream.time_base), entry.size, entry.is_keyframe


def _demuxed(path: str, index: int) -> Iterator[Sample]:
    """Reads the whole file once, without decoding."""
    last_s = float("-inf")
    with av.open(path) as container:
        for packet in container.demux():
            if packet.stream.index != index:
                if packet.size and last_s > float("-inf"):
                    yield last_s, packet.size, False
            elif packet.size:
                if packet.dts is None or packet.pts is None:
                    yield float("-inf"), 0, False  # no time of its own: cannot be passed through
                    return
                last_s = float(packet.dts * packet.time_base)
                yield last_s, packet.size, packet.is_keyframe
