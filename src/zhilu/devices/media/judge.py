"""Is a fragment black, is it silent? Measured where frames are at hand; it accuses nobody (spec/journal.md
§4, `quality`).

Black: each picture looked at, about one a second, is dark and has no contrast. Silent: no frame of sound,
about 20 ms, is louder than the noise of a closed microphone. A fragment of which nothing was looked at is not
judged: None.

Counted without numpy, whose 30 MB a recorder that passes its camera's pictures through has no other use for.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from math import sqrt
from operator import mul
from typing import Any

from zhilu.devices.media.facts import Fragment

BLACK_MEAN = 24.0
"""Mean of full-range luma, 0 to 255. A covered lens gives 0 to 15 with its noise; a street at
night with one lamp in it 25 and more."""
BLACK_SPREAD = 6.0
"""Standard deviation of the picture made small: noise is averaged away to less than 3, the lamp is not."""
SILENT_RMS = 0.001
"""-60 dB of full scale. A quiet room through a built-in microphone lies at -55 to -45, a muted or
disconnected one at -70 and below."""
LOOK_US = 950_000
"""Least time between two pictures looked at. Key frames of cameras come every 1 or 2 s, so every fragment has
one that is looked at."""
_SMALL = 64, 36
_NEAR_US = 5_000


class Judge:
    """Told of pictures and sound in their own time, in microseconds; labels fragments as they come out of the
    muxer, which may have moved all times alike."""

    def __init__(self) -> None:
        self._pictures: deque[tuple[int, bool]] = deque()
        self._sounds: deque[tuple[int, bool]] = deque()
        self._first_us: int | None = None
        self._looked_us: int | None = None
        self._shift_us: int | None = None

    def begins(self, at_us: int) -> None:
        """The first picture's time, whether it is looked at or not."""
        if self._first_us is None:
            self._first_us = at_us

    def wants_picture(self, at_us: int) -> bool:
        return self._looked_us is None or at_us - self._looked_us >= LOOK_US

    def picture(self, at_us: int, frame: Any) -> None:
        self._looked_us = at_us
        self._pictures.append((at_us, is_black(frame)))

    def sound(self, at_us: int, frame: Any) -> None:
        self._sounds.append((at_us, is_silent(frame)))

    def label(self, fragment: Fragment) -> Fragment:
        if self._shift_us is None:
            self._shift_us = fragment.pts_us - (self._first_us or 0)
        end_us = fragment.pts_us + fragment.duration_us - self._shift_us - _NEAR_US
        return replace(fragment, black=_all(self._pictures, end_us), silent=_all(self._sounds, end_us))


def _all(seen: deque[tuple[int, bool]], end_us: int) -> bool | None:
    """Takes what was seen before `end_us`: True where all of it was so, None where nothing was seen."""
    answer: bool | None = None
    while seen and seen[0][0] < end_us:
        answer = seen.popleft()[1] and answer is not False
    return answer


def is_black(frame: Any) -> bool:
    small = frame.reformat(*_SMALL, format="gray")
    plane = small.planes[0]
    rows = bytes(plane)
    luma = b"".join(
        rows[at : at + small.width] for at in range(0, plane.line_size * small.height, plane.line_size)
    )
    mean = sum(luma) / len(luma)
    spread = sqrt(max(0.0, sum(map(mul, luma, luma)) / len(luma) - mean * mean))
    return mean < BLACK_MEAN and spread < BLACK_SPREAD


_SAMPLES = {"s16": ("h", 2**15), "s32": ("i", 2**31), "flt": ("f", 1), "dbl": ("d", 1)}
"""Format of FFmpeg's, packed or planar → (code of a memoryview, full scale)."""


def is_silent(frame: Any) -> bool:
    """Sound in a format that is not counted here is not called silent."""
    code, full = _SAMPLES.get(frame.format.name.removesuffix("p"), ("", 1))
    if not code:
        return False
    each = frame.samples * (1 if frame.format.is_planar else frame.layout.nb_channels)
    return all(_rms(plane, code, each) < SILENT_RMS * full for plane in frame.planes)


def _rms(plane: Any, code: str, count: int) -> float:
    """A plane is longer than its samples: FFmpeg pads it."""
    samples: Any = memoryview(plane).cast("B")
    view = samples.cast(code)[:count]
    return sqrt(sum(map(mul, view, view)) / count) if count else 0.0
