"""Packets of a live device on their way into a recording: passed through, or decoded and encoded.

`take` gets a packet, its time in seconds from the recording's 0, and the device's time at that 0; it gives
packets for the muxer. Pictures and sound are shown to the judge as they pass.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

from zhilu.devices.media.cmaf import CmafMuxer
from zhilu.devices.media.decode import decoded, decoded_alone
from zhilu.devices.media.encode import AudioEncoder, VideoEncoder
from zhilu.devices.media.judge import Judge
from zhilu.devices.media.stamp import Stamp
from zhilu.devices.sources.parameters import Changed, ParameterSets
from zhilu.devices.sources.plan import Growing
from zhilu.devices.sources.profiles import Profile

MICROSECONDS = Fraction(1, 10**6)


class Track(Protocol):
    def take(self, packet: Any, at_s: float, zero_s: float) -> list[Any]: ...

    def finish(self) -> list[Any]: ...


class CopiedPicture:
    def __init__(self, muxer: CmafMuxer, judge: Judge, stream: Any) -> None:
        self._judge, self._stream = judge, stream
        self._out = muxer.copy(stream)
        self._growing = Growing()
        self._sets = ParameterSets(stream)

    def take(self, packet: Any, at_s: float, zero_s: float) -> list[Any]:
        if packet.dts is None or packet.pts is None or not self._growing.takes(_sample(packet, at_s)):
            raise Changed("long-gop")
        if self._sets.differ(packet):
            raise Changed("codec")
        self._look(packet, at_s)
        return [_placed(packet, self._out, at_s)]

    def finish(self) -> list[Any]:
        return []

    def _look(self, packet: Any, at_s: float) -> None:
        at_us = int(at_s * 1e6)
        self._judge.begins(at_us)
        if packet.is_keyframe and self._judge.wants_picture(at_us):
            for frame in decoded_alone(self._stream, packet):
                self._judge.picture(at_us, frame)


class EncodedPicture:
    """No larger and no quicker than the profile; with the stamp drawn into it where there is one."""

    def __init__(
        self, muxer: CmafMuxer, judge: Judge, stream: Any, profile: Profile, stamp: Stamp | None
    ) -> None:
        context = stream.codec_context
        scale = min(1.0, profile.width / context.width, profile.height / context.height)
        self._size = max(2, int(context.width * scale) & ~1), max(2, int(context.height * scale) & ~1)
        self._encoder = VideoEncoder(
            muxer, *self._size, Fraction(profile.rate), MICROSECONDS, profile.options()
        )
        self._burner = _burner(stamp) if stamp else None
        self._judge, self._stream = judge, stream
        self._period_us, self._due_us = 1_000_000 // profile.rate, 0
        self._zero_s = 0.0

    def take(self, packet: Any, at_s: float, zero_s: float) -> list[Any]:
        self._zero_s = zero_s
        made: list[Any] = []
        for frame in decoded(self._stream, packet):
            at_us = _after(frame, zero_s)
            if at_us >= 0 and self._is_due(at_us):
                made += self._encoder.encode(self._made_ready(frame, at_us))
        return made

    def finish(self) -> list[Any]:
        return self.take(None, 0.0, self._zero_s) + self._encoder.encode(None)

    def _is_due(self, at_us: int) -> bool:
        """The device may be quicker than the profile; 2 ms a frame are left to its clock."""
        if at_us < self._due_us:
            return False
        self._due_us = max(self._due_us + self._period_us, at_us - 1_000_000) - 2_000
        return True

    def _made_ready(self, frame: Any, at_us: int) -> Any:
        self._judge.begins(at_us)
        if self._judge.wants_picture(at_us):
            self._judge.picture(at_us, frame)
        small = frame.reformat(*self._size, "yuv420p")
        small.pts, small.time_base = at_us, MICROSECONDS
        if self._burner:
            self._burner.burn(small)
        return small


class CopiedSound:
    def __init__(self, muxer: CmafMuxer, judge: Judge, stream: Any) -> None:
        self._judge, self._stream = judge, stream
        self._out = muxer.copy(stream)
        self._last_s = -1.0

    def take(self, packet: Any, at_s: float, zero_s: float) -> list[Any]:
        if at_s <= self._last_s or packet.pts is None or packet.dts is None:
            return []  # came twice
        self._last_s = at_s
        for frame in decoded(self._stream, packet):
            self._judge.sound(int(at_s * 1e6), frame)
        return [_placed(packet, self._out, at_s)]

    def finish(self) -> list[Any]:
        return []


class EncodedSound:
    def __init__(self, muxer: CmafMuxer, judge: Judge, stream: Any) -> None:
        context = stream.codec_context
        self._judge, self._stream = judge, stream
        self._encoder = AudioEncoder(muxer, context.sample_rate, context.channels)

    def take(self, packet: Any, at_s: float, zero_s: float) -> list[Any]:
        made: list[Any] = []
        for frame in decoded(self._stream, packet):
            at_us = _after(frame, zero_s)
            if at_us >= 0:
                self._judge.sound(at_us, frame)
                frame.pts, frame.time_base = at_us, MICROSECONDS
                made += self._encoder.encode(frame)
        return made

    def finish(self) -> list[Any]:
        return self._encoder.encode(None)


def _burner(stamp: Stamp) -> Any:
    from zhilu.devices.media.burn import Burner  # 40 MB that others do not need

    return Burner(stamp)


def frame_ticks(stream: Any) -> int:
    """How long a frame lasts in the stream's own units, by what it says of its rate."""
    rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
    return max(1, round(1 / rate / Fraction(stream.time_base)))


def _sample(packet: Any, at_s: float) -> tuple[float, int, bool]:
    return at_s, packet.size, packet.is_keyframe


def _after(frame: Any, zero_s: float) -> int:
    """Microseconds from the recording's 0."""
    return round((float(frame.pts * frame.time_base) - zero_s) * 1e6)


def _placed(packet: Any, out: Any, at_s: float) -> Any:
    """The packet on the recording's time line."""
    moved = round(at_s / packet.time_base) - packet.dts
    packet.stream = out
    packet.pts, packet.dts = packet.pts + moved, packet.dts + moved
    return packet
