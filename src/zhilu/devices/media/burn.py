"""Time, officer and recorder drawn into the picture: `2026-11-24 18:40:03 +08:00  1234  XT-0001`.

Digits and ASCII only: other characters are drawn as `?`, so that no font but Pillow's own is needed. The
text is drawn once a second and copied into each frame: white on a black bar, in the lower left corner.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

BEIJING = timezone(timedelta(hours=8))
MAX_WORD = 40
LINES = 36
"""The picture's height over that of a letter."""


@dataclass(frozen=True)
class Stamp:
    """What is drawn; asked anew each second. `now`: the recorder's UTC; `officer`: his number, or ""."""

    serial: str
    officer: Callable[[], str]
    now: Callable[[], datetime]

    def text(self, behind_s: float = 0.0) -> str:
        """`behind_s`: how long ago the picture was taken."""
        at = (self.now() - timedelta(seconds=behind_s)).astimezone(BEIJING)
        words = (f"{at:%Y-%m-%d %H:%M:%S} +08:00", _plain(self.officer()), _plain(self.serial))
        return "  ".join(word for word in words if word)


def _plain(word: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in word[:MAX_WORD])


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
