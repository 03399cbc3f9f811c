"""Pictures and sound encoded anew: H.264 without B-frames, AAC, a key frame at least every 2 s.

Used where a source cannot be passed through: other codecs, groups of pictures that are too long, a scene
that is drawn.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from av.video.frame import PictureType

from zhilu.devices.media.cmaf import FRAGMENT_US, CmafMuxer

CAMERA = {"preset": "veryfast", "tune": "zerolatency", "crf": "23", "maxrate": "24M", "bufsize": "24M"}
DRAWN = {"preset": "ultrafast", "tune": "zerolatency", "crf": "30"}
_ALWAYS = {"bf": "0", "g": "600", "forced-idr": "1"}
"""`g` only bounds what forced key frames leave open; `maxrate` keeps 10 s of any noise under 16 MiB."""


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
    """Any sound to AAC, one or two channels."""

    def __init__(self, muxer: CmafMuxer, rate: int, channels: int) -> None:
        # AAC knows no rate above 96 kHz, and none below 8 kHz is worth keeping.
        self._stream = muxer.aac(
            rate if 8000 <= rate <= 48000 else 48000, "mono" if channels == 1 else "stereo"
        )

    def encode(self, frame: Any) -> list[Any]:
        return list(self._stream.encode(frame))
