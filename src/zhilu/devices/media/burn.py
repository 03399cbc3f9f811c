"""Time, officer and recorder drawn into the picture (stamp.py).

Characters beyond ASCII are `?` by then, so no font but Pillow's own is needed. The text is drawn once a
second and copied into each frame: white on a black bar, in the lower left corner.

Imported only where it is asked for: numpy and Pillow take 40 MB of a small device.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from zhilu.devices.media.stamp import Stamp

LINES = 36
"""The picture's height over that of a letter."""


class Burner:
    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._drawn: tuple[str, int, int] | None = None
        self._bar: Any = None

    def burn(self, frame: Any) -> None:
        """Changes the frame, which is 4:2:0 and nobody else's."""
        wanted = self._stamp.text(), int(frame.width), int(frame.height)
        if wanted != self._drawn:
            self._drawn, self._bar = wanted, _bar(*wanted)
        frame.make_writable()
        height, width = self._bar.shape
        top = frame.height - height
        _plane(frame, 0)[top : top + height, :width] = self._bar
        for number in (1, 2):
            _plane(frame, number)[top // 2 : (top + height) // 2, : width // 2] = 128


def _plane(frame: Any, number: int) -> Any:
    plane = frame.planes[number]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)


def _bar(text: str, width: int, height: int) -> Any:
    """Luma of the bar, even in both directions, no wider than the picture."""
    font = ImageFont.load_default(max(10, height // LINES))
    _left, _top, right, bottom = font.getbbox(text)
    size = min(width, int(right) + 16) & ~1, min(height, int(bottom) + 12) & ~1
    image = Image.new("L", size, 16)
    ImageDraw.Draw(image).text((8, 4), text, fill=235, font=font)
    return np.asarray(image)
