"""A line of text in the picture: time, recorder, officer. An option, because it means encoding anew.

Digits and ASCII only, drawn into the luma in the top left corner, light on dark. The line is drawn once for
each text, which changes once a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

LIGHT, DARK = 235, 16


class BurnIn:
    """`text`: what stands in the picture now."""

    def __init__(self, text: Callable[[], str]) -> None:
        self._text = text
        self._drawn: tuple[str, int] = ("", 0)
        self._strip: Any = None

    def __call__(self, frame: Any) -> Any:
        """A new yuv420p frame with the same time."""
        planes = frame.to_ndarray(format="yuv420p")
        strip = self._line(frame.height)
        high, wide = min(strip.shape[0], frame.height), min(strip.shape[1], frame.width)
        planes[:high, :wide] = strip[:high, :wide]
        marked = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        marked.pts, marked.time_base = frame.pts, frame.time_base
        return marked

    def _line(self, height: int) -> Any:
        text = self._text().encode("ascii", "replace").decode("ascii")
        if self._drawn != (text, height):
            self._drawn, self._strip = (text, height), _draw(text, max(12, height // 36))
        return self._strip


def _draw(text: str, size: int) -> Any:
    """Luma of one line, uint8 (height, width)."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    margin = size // 3
    image = Image.new("L", (int(right - left) + 2 * margin, int(bottom - top) + 2 * margin), DARK)
    ImageDraw.Draw(image).text((margin - left, margin - top), text, fill=LIGHT, font=font)
    return np.asarray(image)
