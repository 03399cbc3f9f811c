"""Pictures and sound encoded anew: H.264 without B-frames, AAC, a key frame at least every 2 s.

Used where a source cannot be passed through: other codecs, groups of pictures that are too long, a scene
that is drawn.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from av.audio.resampler import AudioResampler
from av.video.frame import PictureType

from zhilu.devices.media.cmaf import FRAGMENT_US, CmafMuxer

CAMERA = {"preset": "veryfast", "tune": "zerolatency", "crf": "23", "maxrate": "24M", "bufsize": "24M"}
DRAWN = {"preset": "ultrafast", "tune": "zerolatency", "crf": "30"}
_ALWAYS = {"bf": "0", "g": "600", "forced-idr": "1"}
"""`g` only bounds what forced key frames leave open; `maxrate` keeps 10 s of any noise under 16 MiB."""


HOLE_S = 10.0
"""Seconds without sound that are filled with silence at most."""


class VideoEncoder:
    """`encode` a frame with pts and time base; None at the end."""

    def __init__(
        self,
        muxer: CmafMuxer,
        width: int,
        height: int,
        rate: Fraction,
        time_base: Fraction,
        options: dict[str, str],
    ) -> None:
        # 4:2:0 halves the picture: odd sizes lose a line.
        self._stream = muxer.h264(width & ~1, height & ~1, rate, time_base, _ALWAYS | options)
        self._time_base = time_base
        self._last: int | None = None
        self._key: int | None = None
        self._every = int(Fraction(FRAGMENT_US, 10**6) / time_base)

    def encode(self, frame: Any) -> list[Any]:
        if frame is None:
            return list(self._stream.encode(None))
        if frame.pts is None or (self._last is not None and frame.pts <= self._last):
            return []  # shown at no time of its own
        self._last = frame.pts
        due = self._key is None or frame.pts - self._key >= self._every
        frame.pict_type = PictureType.I if due else PictureType.NONE
        if due:
            self._key = frame.pts
        return list(self._stream.encode(frame))


class AudioEncoder:
    """Any sound to AAC, one or two channels, in step with its time stamps.

    A microphone's clock is not the picture's: 100 ppm are 0.36 s in an hour. Samples whose time stamps run
    away from their number are stretched or squeezed by up to 1 % (too little to hear) once they are 5 ms
    off; from 30 ms on, as after lost samples, silence is put in or sound is dropped. A longer hole than 10 s
    stays a hole: its time stamps say so.
    """

    def __init__(self, muxer: CmafMuxer, rate: int, channels: int) -> None:
        # AAC knows no rate above 96 kHz, and none below 8 kHz is worth keeping.
        self._rate = rate if 8000 <= rate <= 48000 else 48000
        self._layout = "mono" if channels == 1 else "stereo"
        self._stream = muxer.aac(self._rate, self._layout)
        self._in_step: Any = None
        self._next_s: float | None = None

    def encode(self, frame: Any) -> list[Any]:
        made: list[Any] = []
        if frame is None or self._jumps(frame):
            made += self._encode(self._stretch(None))
        if frame is None:
            return made + list(self._stream.encode(None))
        if self._in_step is None:
            self._in_step = AudioResampler("fltp", self._layout, self._rate, options=_in_step(self._rate))
        return made + self._encode(self._stretch(frame))

    def _stretch(self, frame: Any) -> list[Any]:
        if self._in_step is None:
            return []
        frames = list(self._in_step.resample(frame))
        if frame is None:
            self._in_step = None
        return frames

    def _encode(self, frames: list[Any]) -> list[Any]:
        return [packet for frame in frames for packet in self._stream.encode(frame)]

    def _jumps(self, frame: Any) -> bool:
        """Tells of a hole, and remembers where the next frame is due."""
        due, self._next_s = self._next_s, None
        if frame.pts is None or not frame.time_base:
            return False
        at_s = float(frame.pts * frame.time_base)
        self._next_s = at_s + frame.samples / frame.sample_rate
        return due is not None and at_s - due > HOLE_S


def _in_step(rate: int) -> dict[str, str]:
    """For FFmpeg's aresample. Stretching begins below filling, or small steps would be heard."""
    return {
        "async": str(rate // 100),
        "min_comp": "0.005",
        "min_hard_comp": "0.03",
        "comp_duration": "1",
    }
