"""Packets in, CMAF out: FFmpeg writes a fragmented MP4 into a `BoxSplitter`.

- A fragment begins at a key frame and ends at the first key frame after 2 s. Every byte that the muxer
  writes is in the header or in a fragment: their concatenation is a playable file.
- `empty_moov`: the header is complete before the first packet, so `open` and segment 0 can be durable first.
- `skip_trailer`: no index at the end; offsets come from the journal only.
- `frag_discont` with `make_non_negative`: coders that begin before 0 (B-frames, AAC priming) move picture and
  sound together, and every track says its true time in every fragment.
- FFmpeg's own buffer is flushed with each packet, or the end of a fragment would wait for the next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import av

from zhilu.devices.media.boxes import BoxSplitter
from zhilu.devices.media.facts import Fragment, Header, read_fragment, read_header
from zhilu.errors import DataError
from zhilu.sealed.segments import MAX_SEGMENT

FRAGMENT_US = 2_000_000
VIDEO_TIME_BASE = Fraction(1, 90_000)

_OPTIONS = {
    "movflags": "empty_moov+default_base_moof+frag_keyframe+frag_discont+skip_trailer",
    "min_frag_duration": str(FRAGMENT_US),
    "use_editlist": "0",
    "avoid_negative_ts": "make_non_negative",
    "fflags": "+bitexact+flush_packets",
}

_LIVE = {"max_interleave_delta": "1000000", "min_frag_duration": str(FRAGMENT_US - 50_000)}


class CmafMuxer:
    """Add streams, `start`, `mux` packets, `finish`."""

    def __init__(self, live: bool = False) -> None:
        """`live`: sound that stays away holds the picture up for a second at most, not for ten; and a camera
        whose clock makes its 2 s a little short does not get fragments of 4 s."""
        self._sink = BoxSplitter()
        options = _OPTIONS | (_LIVE if live else {})
        self.container: Any = av.open(self._sink, "w", format="mp4", container_options=options)
        self._header: Header | None = None
        self._end_us = 0

    def copy(self, template: Any) -> Any:
        """An output stream for packets that are passed through unchanged."""
        return self.container.add_stream_from_template(template)

    def h264(
        self, width: int, height: int, rate: Fraction, time_base: Fraction, options: dict[str, str]
    ) -> Any:
        stream = self.container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = VIDEO_TIME_BASE
        stream.codec_context.time_base = time_base
        return stream

    def aac(self, rate: int, layout: str) -> Any:
        stream = self.container.add_stream("aac", rate=rate)
        stream.layout = layout
        stream.bit_rate = 64_000
        return stream

    def start(self) -> Header:
        """The header; no stream can be added after it."""
        self.container.start_encoding()
        (data,) = self._sink.take()
        self._header = read_header(data)
        return self._header

    def mux(self, packets: Iterable[Any]) -> list[Fragment]:
        for packet in packets:
            self.container.mux_one(packet)
        return self._fragments()

    def finish(self) -> list[Fragment]:
        """What was still to be written. The muxer is spent."""
        self.container.close()
        assert self._sink.rest == 0, "FFmpeg left half a box"
        return self._fragments()

    def _fragments(self) -> list[Fragment]:
        assert self._header is not None
        return [self._placed(read_fragment(self._header, data)) for data in self._sink.take()]

    def _placed(self, fragment: Fragment) -> Fragment:
        """Sound without picture is placed where the picture ended."""
        if len(fragment.data) > MAX_SEGMENT:
            raise DataError("boxes", "A fragment of the media is larger than 16 MiB.")
        if fragment.pts_us < 0:
            return Fragment(fragment.data, self._end_us, 0)
        self._end_us = fragment.pts_us + fragment.duration_us
        return fragment
