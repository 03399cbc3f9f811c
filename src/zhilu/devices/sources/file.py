"""A file as source: whatever FFmpeg reads. Origin `file`: never called capture.

A packet that cannot be decoded is passed over, as every player does. Packets that are passed through are
not decoded: they are sealed as they are, also damaged ones. A change of codec in the middle of what is
passed through ends the source (`source` with a field `change`): its header would not be that of the
recording. Opened again without `close`, the file goes on with the very next packet, encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from zhilu.devices.media.cmaf import CmafMuxer
from zhilu.devices.media.decode import decoded, decoded_alone
from zhilu.devices.media.encode import CAMERA, AudioEncoder, VideoEncoder
from zhilu.devices.media.facts import Fragment, Header
from zhilu.devices.media.judge import Judge
from zhilu.devices.sources.base import Going
from zhilu.devices.sources.parameters import Changed, ParameterSets
from zhilu.devices.sources.plan import copies_picture, copies_sound, picture_of, sound_of
from zhilu.errors import DataError, WorldError

FAILURES = (av.FFmpegError, OSError, ValueError, ArithmeticError, DataError)

Track = Callable[[Any], list[Any]]
"""Takes a packet of the source, or one without data at the end; gives packets for the muxer."""


class FileSource:
    origin = "file"
    live = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self._container: Any = None
        self._muxer: CmafMuxer | None = None
        self._judge = Judge()
        self._tracks: dict[int, Track] = {}
        self._next: Any = None
        """The packet that did not fit into the recording before."""

    def open(self) -> Header:
        try:
            if self._next is None:
                self.close()
                self._container = av.open(str(self.path))
                self._zero_us = self._container.start_time or 0
            return self._begin()
        except (
            OSError,
            ValueError,
            ArithmeticError,
            DataError,
        ) as error:  # av's errors are OSError or ValueError
            self.close()
            raise self._unreadable(error) from None

    def _begin(self) -> Header:
        picture, sound = picture_of(self._container), sound_of(self._container)
        if picture is None:
            raise ValueError("no moving picture in it")
        self._muxer, self._judge = CmafMuxer(), Judge()
        self._tracks[picture.index] = self._picture(self._muxer, picture)
        if sound is not None and sound.codec_context is not None:
            self._tracks[sound.index] = self._sound(self._muxer, sound)
        return self._muxer.start()

    def _picture(self, muxer: CmafMuxer, stream: Any) -> Track:
        if self._next is None and copies_picture(str(self.path), stream):
            return self._copy(muxer, stream)
        if not stream.codec_context.width or not stream.codec_context.height:
            raise ValueError("a picture without a size")
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        context = stream.codec_context
        encoder = VideoEncoder(muxer, context.width, context.height, rate, stream.time_base, CAMERA)
        stream.thread_type = "AUTO"
        return self._encode(stream, encoder.encode)

    def _sound(self, muxer: CmafMuxer, stream: Any) -> Track:
        if self._next is None and copies_sound(stream):
            return self._copy(muxer, stream)
        context = stream.codec_context
        return self._encode(stream, AudioEncoder(muxer, context.sample_rate, context.channels).encode)

    def _copy(self, muxer: CmafMuxer, stream: Any) -> Track:
        out, first, sets = muxer.copy(stream), self._first(stream), ParameterSets(stream)

        def track(packet: Any) -> list[Any]:
            if packet.dts is None:
                return []
            if sets.differ(packet):
                self._next = packet
                raise Changed("codec")
            self._look(stream, packet)
            packet.stream = out
            shown = packet.dts if packet.pts is None else packet.pts
            packet.pts, packet.dts = shown - first, packet.dts - first
            return [packet]

        return track

    def _encode(self, stream: Any, encode: Callable[[Any], list[Any]]) -> Track:
        first = self._first(stream)

        def track(packet: Any) -> list[Any]:
            made: list[Any] = []
            for frame in decoded(stream, packet):
                if frame.pts is not None:
                    self._show(stream, frame.pts, frame)
                    frame.pts -= first
                made += encode(frame)
            return made + (encode(None) if not packet.size else [])

        return track

    def _look(self, stream: Any, packet: Any) -> None:
        """Of what is passed through, key frames and sound are decoded, to be looked at."""
        at = packet.dts if packet.pts is None else packet.pts
        if stream.type == "audio":
            for frame in decoded(stream, packet):
                self._show(stream, at, frame)
        elif packet.is_keyframe and self._judge.wants_picture(int(at * stream.time_base * 10**6)):
            for frame in decoded_alone(stream, packet):
                self._show(stream, at, frame)

    def _show(self, stream: Any, at: int, frame: Any) -> None:
        at_us = int(at * stream.time_base * 10**6)
        if stream.type == "audio":
            self._judge.sound(at_us, frame)
            return
        self._judge.begins(at_us)
        if self._judge.wants_picture(at_us):
            self._judge.picture(at_us, frame)

    def _first(self, stream: Any) -> int:
        """The container's beginning in the stream's units: broadcasts begin at any time, recordings at 0."""
        if self._next is not None:
            begun = self._next.dts * self._next.time_base
            return int(begun / stream.time_base)
        return int(Fraction(self._zero_us, 10**6) / stream.time_base)

    def fragments(self, going: Going) -> Iterator[Fragment]:
        assert self._muxer is not None
        try:
            yield from map(self._judge.label, self._read(self._muxer, going))
            yield from map(self._judge.label, self._muxer.finish())
        except Changed as change:
            yield from map(self._judge.label, self._muxer.finish())
            raise WorldError(
                "source",
                "The {origin} changes ({change}): a new recording goes on.",
                origin=self.path,
                change=change.kind,
            ) from None
        except FAILURES as error:
            raise self._unreadable(error) from None

    def _read(self, muxer: CmafMuxer, going: Going) -> Iterator[Fragment]:
        streams = [self._container.streams[index] for index in self._tracks]
        for packet in self._packets(streams):
            if packet.dts is not None and not going(float(packet.dts * packet.time_base) - self._start_s):
                break
            yield from muxer.mux(self._tracks[packet.stream.index](packet))
        else:
            return
        # Told to stop: encoders still hold frames.
        for index, track in self._tracks.items():
            end = av.Packet()
            end.stream = self._container.streams[index]
            yield from muxer.mux(track(end))

    def _packets(self, streams: list[Any]) -> Iterator[Any]:
        if self._next is not None:
            first, self._next = self._next, None
            yield first
        yield from self._container.demux(streams)

    @property
    def _start_s(self) -> float:
        return self._zero_us / 1e6

    def close(self) -> None:
        self._next = None
        if self._container is not None:
            self._container.close()
            self._container = None

    def _unreadable(self, error: Exception) -> WorldError:
        reason = getattr(error, "strerror", None) or str(error)
        return WorldError(
            "source", "The source {path} cannot be read: {reason}", path=self.path, reason=reason
        )
