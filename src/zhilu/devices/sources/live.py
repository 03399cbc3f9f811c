"""What films without an end: camera and RTSP share all but how they are reached.

- H.264 that begins with a key frame is passed through, packet for packet; everything else is encoded by the
  profile. There is no index to judge by beforehand: where a group of pictures runs past the limits of a
  segment, the source ends, and what is opened next encodes.
- A change of codec ends the source too; the next recording has the new one (spec/sealed-media.md §3).
- Picture and sound are placed by their own time stamps, the first key frame at 0; sound from before it is
  dropped. Sound that is encoded is kept in step (`AudioEncoder`).
- Pictures and sound are looked at as they pass, some of them, for `black` and `silent`.
- Silence of the device for 10 s ends the source. Every end but a wish is WorldError `source`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av

from zhilu.devices.media.burn import Burner, Stamp
from zhilu.devices.media.cmaf import CmafMuxer
from zhilu.devices.media.encode import AudioEncoder, VideoEncoder
from zhilu.devices.media.facts import Fragment, Header
from zhilu.devices.media.judge import Judge
from zhilu.devices.sources.base import Going
from zhilu.devices.sources.file import FAILURES
from zhilu.devices.sources.plan import MAX_FRAGMENT, MAX_FRAGMENT_S, copies_sound, picture_of, sound_of
from zhilu.devices.sources.profiles import Profile
from zhilu.errors import WorldError

QUIET_S = 10.0
"""No packet for so long: the device is gone."""
MICROSECONDS = Fraction(1, 10**6)

Track = Callable[[Any, float], list[Any]]
"""Takes a packet and its time in seconds from the first key frame; gives packets for the muxer."""


class LiveSource:
    """Subclasses say how to `_connect` and what to let go of in `_hang_up`."""

    live = True
    origin: str

    def __init__(self, profile: Profile, stamp: Stamp | None = None) -> None:
        self._profile, self._stamp = profile, stamp
        self._must_encode = stamp is not None
        self._container: Any = None

    def open(self) -> Header:
        try:
            self._container = self._connect()
            return self._begin()
        except FAILURES as error:
            self.close()
            raise self._broken(error) from None

    def _connect(self) -> Any:
        """An open container of PyAV."""
        raise NotImplementedError

    def _hang_up(self) -> str:
        """Let go of the device; its last words, if it had any."""
        return ""

    def _begin(self) -> Header:
        picture, sound = picture_of(self._container), sound_of(self._container)
        if picture is None:
            raise ValueError("no moving picture in it")
        self._picture_index = picture.index
        self._muxer, self._judge = CmafMuxer(), Judge()
        self._zero_s: float | None = None
        self._passed = _Passed()
        self._finish: list[Callable[[], list[Any]]] = []
        self._tracks: dict[int, Track] = {picture.index: self._picture_track(picture)}
        if sound is not None and sound.codec_context is not None:
            self._tracks[sound.index] = self._sound_track(sound)
        return self._muxer.start()

    def _picture_track(self, stream: Any) -> Track:
        context = stream.codec_context
        if context.name == "h264" and context.extradata and not self._must_encode:
            return self._copied(stream)
        if not context.width or not context.height:
            raise ValueError("a picture without a size")
        return self._encoded(stream)

    def _copied(self, stream: Any) -> Track:
        out = self._muxer.copy(stream)

        def track(packet: Any, at_s: float) -> list[Any]:
            if packet.has_sidedata("new_extradata"):
                raise ValueError("its codec changes")
            if not self._passed.take(at_s, packet.size, packet.is_keyframe):
                self._must_encode = True
                raise ValueError("key frames too far apart: it will be encoded")
            self._look(stream, packet, at_s)
            return [_placed(packet, out, at_s)]

        return track

    def _look(self, stream: Any, packet: Any, at_s: float) -> None:
        at_us = int(at_s * 1e6)
        self._judge.begins(at_us)
        if packet.is_keyframe and self._judge.wants_picture(at_us):
            # A decoder of its own: a key frame needs none of the frames before it.
            for frame in _decoded_alone(stream, packet):
                self._judge.picture(at_us, frame)

    def _encoded(self, stream: Any) -> Track:
        context, profile = stream.codec_context, self._profile
        scale = min(1.0, profile.width / context.width, profile.height / context.height)
        width, height = int(context.width * scale) & ~1, int(context.height * scale) & ~1
        rate = Fraction(profile.rate)
        encoder = VideoEncoder(self._muxer, width, height, rate, MICROSECONDS, profile.options())
        burner = Burner(self._stamp) if self._stamp else None
        stream.thread_type = "AUTO"
        due_us = 0

        def track(packet: Any, at_s: float) -> list[Any]:
            nonlocal due_us
            made: list[Any] = []
            for frame in _decoded(stream, packet):
                at_us = int(self._after_zero(frame) * 1e6)
                if at_us < due_us:
                    continue  # the device is quicker than the profile
                due_us = max(due_us + 1_000_000 // profile.rate, at_us - 1_000_000) - 2_000
                self._judge.begins(at_us)
                if self._judge.wants_picture(at_us):
                    self._judge.picture(at_us, frame)
                small = frame.reformat(width, height, "yuv420p")
                small.pts, small.time_base = at_us, MICROSECONDS
                if burner:
                    burner.burn(small)
                made += encoder.encode(small)
            return made

        self._finish.append(lambda: encoder.encode(None))
        return track

    def _sound_track(self, stream: Any) -> Track:
        context = stream.codec_context
        if copies_sound(stream):
            out = self._muxer.copy(stream)
            return lambda packet, at_s: self._passed_sound(stream, out, packet, at_s)
        encoder = AudioEncoder(self._muxer, context.sample_rate, context.channels)

        def track(packet: Any, at_s: float) -> list[Any]:
            made: list[Any] = []
            for frame in _decoded(stream, packet):
                heard_s = self._after_zero(frame)
                self._judge.sound(int(heard_s * 1e6), frame)
                frame.pts, frame.time_base = round(heard_s * 1e6), MICROSECONDS
                made += encoder.encode(frame)
            return made

        self._finish.append(lambda: encoder.encode(None))
        return track

    def _passed_sound(self, stream: Any, out: Any, packet: Any, at_s: float) -> list[Any]:
        for frame in _decoded(stream, packet):
            self._judge.sound(int(at_s * 1e6), frame)
        return [_placed(packet, out, at_s)]

    def _after_zero(self, frame: Any) -> float:
        return max(0.0, float(frame.pts * frame.time_base) - (self._zero_s or 0.0))

    def fragments(self, going: Going) -> Iterator[Fragment]:
        try:
            yield from self._read(going)
            for finish in self._finish:
                yield from self._labelled(self._muxer.mux(finish()))
            yield from self._labelled(self._muxer.finish())
        except FAILURES as error:
            raise self._broken(error) from None

    def _read(self, going: Going) -> Iterator[Fragment]:
        streams = [self._container.streams[index] for index in self._tracks]
        for packet in self._container.demux(streams):
            if not packet.size or packet.dts is None or packet.pts is None:
                continue
            at_s = float(packet.dts * packet.time_base)
            if self._zero_s is None:
                if packet.stream.index != self._picture_index or not packet.is_keyframe:
                    continue
                self._zero_s = at_s
            after_s = at_s - self._zero_s
            if after_s < 0:
                continue
            if not going(after_s):
                return
            yield from self._labelled(self._muxer.mux(self._tracks[packet.stream.index](packet, after_s)))
        raise ValueError("it ended")

    def _labelled(self, fragments: list[Fragment]) -> Iterator[Fragment]:
        for fragment in fragments:
            yield self._judge.label(fragment)

    def close(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.close()
        self._hang_up()

    def _broken(self, error: Exception) -> WorldError:
        said = self._hang_up()
        reason = said or getattr(error, "strerror", None) or str(error)
        return WorldError(
            "source", "The {origin} gives no picture: {reason}", origin=self.origin, reason=reason[:200]
        )


class _Passed:
    """Does what is passed through stay within the limits of a segment?"""

    def __init__(self) -> None:
        self._key_s, self._size, self._last_s = 0.0, 0, float("-inf")

    def take(self, at_s: float, size: int, key: bool) -> bool:
        if at_s < self._last_s:
            return False
        if key:
            self._key_s, self._size = at_s, 0
        self._last_s, self._size = at_s, self._size + size
        # A fragment begins at the first key frame after 2 s: it holds two groups at the most.
        return self._size <= MAX_FRAGMENT // 2 and at_s - self._key_s <= MAX_FRAGMENT_S - 2.0


def _placed(packet: Any, out: Any, at_s: float) -> Any:
    """The packet on the recording's time line."""
    moved = round(at_s / packet.time_base) - packet.dts
    packet.stream = out
    packet.pts, packet.dts = packet.pts + moved, packet.dts + moved
    return packet


def _decoded(stream: Any, packet: Any) -> list[Any]:
    try:
        return [frame for frame in stream.decode(packet) if frame.pts is not None]
    except av.InvalidDataError:
        return []


def _decoded_alone(stream: Any, packet: Any) -> list[Any]:
    context = av.CodecContext.create("h264", "r")
    context.extradata = stream.codec_context.extradata
    try:
        return (list(context.decode(packet)) + list(context.decode(None)))[:1]
    except av.FFmpegError:
        return []
