"""Is a fragment black, is it silent? Measured where frames are at hand; it accuses nobody (spec/journal.md
§4, `quality`).

Black: each picture looked at, about one in 2 s, is dark and has no contrast. Silent: no frame of sound, some
20 ms, is louder than the noise of a closed microphone. A fragment of which nothing was looked at is not
judged: None.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

import numpy as np

from zhilu.devices.media.facts import Fragment

BLACK_MEAN = 24.0
"""Mean of full-range luma, 0 to 255. A covered lens gives 0 to 15 with its noise; a street at
night with one lamp in it 25 and more."""
BLACK_SPREAD = 6.0
"""Standard deviation of the picture made small: noise is averaged away to less than 3, the lamp is not."""
SILENT_RMS = 0.001
"""-60 dB of full scale. A quiet room through a built-in microphone lies at -55 to -45, a muted or
disconnected one at -70 and below."""
LOOK_US = 1_900_000
"""Least time between two pictures looked at: the key frames of cameras are 2 s apart, or nearly."""
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
        self._shift_us = 0

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
        if self._first_us is not None:
            self._shift_us, self._first_us = fragment.pts_us - self._first_us, None
        end_us = fragment.pts_us + fragment.duration_us - self._shift_us - _NEAR_US
        return replace(fragment, black=_all(self._pictures, end_us), silent=_all(self._sounds, end_us))


def _all(seen: deque[tuple[int, bool]], end_us: int) -> bool | None:
    """Takes what was seen before `end_us`: True where all of it was so, None where nothing was seen."""
    answer: bool | None = None
    while seen and seen[0][0] < end_us:
        answer = seen.popleft()[1] and answer is not False
    return answer


def is_black(frame: Any) -> bool:
    small = frame.reformat(*_SMALL, format="gray").to_ndarray()
    return bool(small.mean() < BLACK_MEAN and small.std() < BLACK_SPREAD)


def is_silent(frame: Any) -> bool:
    samples = frame.to_ndarray()
    if samples.dtype == np.uint8:
        level = (samples.astype(np.float32) - 128) / 128
    elif samples.dtype.kind == "i":
        level = samples.astype(np.float32) / float(np.iinfo(samples.dtype).max)
    else:
        level = samples
    return bool(np.sqrt(np.mean(np.square(level))) < SILENT_RMS) if level.size else True
