"""The dozen sources of the demonstration's clips: drawn scenes of 6 to 10 s at 320×180, with a soft sound.

Each is encoded once and kept as fragments in memory; each recording seals them anew under keys of its own.
`test` is their origin: nobody calls them capture. Drawn with Pillow, encoded as a recorder does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhilu.devices.media.facts import Fragment, Header
    from zhilu.devices.sources.base import Going

WIDTH, HEIGHT, RATE = 320, 180, 8
SOUND_RATE, SAMPLES = 16_000, 1024
QUALITY = {"preset": "superfast", "tune": "zerolatency", "crf": "32"}


@dataclass(frozen=True)
class Look:
    """What is drawn: colours of wall, floor and table; who stands in it (place, coat); what is on the wall.
    `dark`: the lens is covered for the second half."""

    seconds: int
    wall: str
    floor: str
    table: str
    people: tuple[tuple[int, str], ...]
    wall_things: tuple[str, ...] = ("window",)
    dark: bool = False


SCENES: dict[str, Look] = {
    "office": Look(6, "#d9e2e8", "#8a8f94", "#7b5a3c", ((90, "#1d3557"), (220, "#7f5539"))),
    "shop": Look(
        6, "#f2e3c6", "#b08968", "#9c6644", ((120, "#1d3557"), (245, "#bc4749")), ("shelf", "shelf")
    ),
    "workshop": Look(10, "#bfc5c9", "#6b705c", "#495057", ((70, "#1d3557"), (200, "#386641")), ("machine",)),
    "warehouse": Look(6, "#cdb891", "#7f6a4d", "#5c4a33", ((100, "#1d3557"),), ("boxes", "boxes")),
    "counter": Look(6, "#e8eef1", "#a3b1b8", "#577590", ((80, "#1d3557"), (230, "#6d597a")), ("screen",)),
    "meeting": Look(
        8, "#e9e4d8", "#a1887f", "#6d4c41", ((60, "#1d3557"), (150, "#1d3557"), (250, "#5e548e"))
    ),
    "street": Look(
        6, "#a8d0e6", "#8d99ae", "#6c757d", ((140, "#1d3557"), (240, "#e07a5f")), ("house", "house")
    ),
    "yard": Look(8, "#b7d3df", "#95a57c", "#7f5539", ((110, "#1d3557"), (210, "#3a5a40")), ("house",)),
    "restaurant": Look(
        6, "#f1d9c0", "#9c6644", "#7f4f24", ((95, "#1d3557"), (235, "#9d0208")), ("lamp", "lamp")
    ),
    "archive": Look(
        8, "#dcd6c8", "#8d8675", "#6f6655", ((130, "#1d3557"), (220, "#7f5539")), ("shelf", "shelf")
    ),
    "hall": Look(
        8, "#dfe7ea", "#9aa5ab", "#52796f", ((75, "#1d3557"), (165, "#1d3557"), (255, "#bc6c25")), ("screen",)
    ),
    "covered": Look(6, "#f2e3c6", "#b08968", "#9c6644", ((120, "#1d3557"),), ("shelf",), dark=True),
}


def length_us(scene: str) -> int:
    """How long a clip of the scene lasts."""
    return SCENES[scene].seconds * 1_000_000


class Clip:
    """An encoded scene as a source of recordings, again and again."""

    origin = "test"
    live = True
    """So that positions are sealed with it; it ends all the same."""

    def __init__(self, header: Header, fragments: list[Fragment]) -> None:
        self.header, self._fragments = header, fragments
        self.between: Callable[[int], None] = _nothing
        """Told before each fragment: the plan's marks come in here, and what breaks off does so."""

    @property
    def whole(self) -> bytes:
        """A playable file."""
        return self.header.data + b"".join(one.data for one in self._fragments)

    def __getstate__(self) -> dict[str, object]:
        return {"header": self.header, "_fragments": self._fragments}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__ |= state
        self.between = _nothing

    def open(self) -> Header:
        return self.header

    def fragments(self, going: Going) -> Iterator[Fragment]:
        for fragment in self._fragments:
            if not going(fragment.pts_us / 1_000_000):
                break
            self.between(fragment.pts_us)
            yield fragment

    def close(self) -> None:
        """Nothing is held."""


def _nothing(pts_us: int) -> None:
    """Nobody asked to be told."""


def encode(scene: str) -> Clip:
    """Draw and encode one scene."""
    from zhilu.devices.media.cmaf import CmafMuxer
    from zhilu.devices.media.encode import AudioEncoder, VideoEncoder
    from zhilu.devices.media.judge import Judge

    look = SCENES[scene]
    muxer, judge = CmafMuxer(), Judge()
    video = VideoEncoder(muxer, WIDTH, HEIGHT, Fraction(RATE), Fraction(1, RATE), QUALITY)
    audio = AudioEncoder(muxer, SOUND_RATE, 1)
    header, made, sounded = muxer.start(), [], 0
    still = _still(look)
    for number in range(look.seconds * RATE):
        frame, at_us = _frame(look, still, number), number * 10**6 // RATE
        judge.begins(at_us)
        if judge.wants_picture(at_us):
            judge.picture(at_us, frame)
        packets = video.encode(frame)
        while sounded * RATE < (number + 1) * SOUND_RATE:
            tone = _murmur(sounded)
            judge.sound(sounded * 10**6 // SOUND_RATE, tone)
            packets += audio.encode(tone)
            sounded += SAMPLES
        made += muxer.mux(packets)
    made += muxer.mux(video.encode(None) + audio.encode(None)) + muxer.finish()
    return Clip(header, [judge.label(one) for one in made])


def _still(look: Look) -> Any:
    """Walls, floor, furniture: what does not move."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH, HEIGHT), look.wall)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 120, WIDTH, HEIGHT), fill=look.floor)
    for place, thing in enumerate(look.wall_things):
        _thing(draw, thing, 26 + place * 150)
    draw.rectangle((40, 128, 280, 140), fill=look.table)
    draw.rectangle((54, 140, 62, 172), fill=look.table)
    draw.rectangle((258, 140, 266, 172), fill=look.table)
    draw.rectangle((146, 120, 182, 128), fill="#fbfbf6", outline="#8a8a8a")
    return image


def _thing(draw: Any, thing: str, left: int) -> None:
    if thing == "window":
        draw.rectangle((left, 18, left + 84, 76), fill="#cfe8f3", outline="#6b7780", width=3)
        draw.line((left + 42, 18, left + 42, 76), fill="#6b7780", width=2)
    elif thing in ("shelf", "boxes"):
        for row in range(3):
            draw.rectangle((left, 30 + row * 26, left + 120, 34 + row * 26), fill="#6b4f35")
            for box in range(5):
                colour = ("#c1666b", "#d4b483", "#48a9a6", "#4281a4", "#e4dfda")[(box + row) % 5]
                draw.rectangle(
                    (left + 4 + box * 23, 14 + row * 26, left + 22 + box * 23, 30 + row * 26), fill=colour
                )
    elif thing == "machine":
        draw.rectangle((left + 120, 46, left + 250, 118), fill="#55616a", outline="#2f373d", width=3)
        draw.ellipse((left + 140, 62, left + 180, 102), fill="#8d99a1", outline="#2f373d", width=3)
    elif thing == "screen":
        draw.rectangle((left + 60, 20, left + 180, 64), fill="#1b263b", outline="#0d1b2a", width=3)
        draw.rectangle((left + 70, 32, left + 150, 40), fill="#e0e1dd")
    elif thing == "house":
        draw.rectangle((left, 44, left + 110, 120), fill="#d8c3a5", outline="#8e8d8a", width=2)
        draw.rectangle((left + 40, 80, left + 68, 120), fill="#6b4f35")
    elif thing == "lamp":
        draw.line((left + 60, 0, left + 60, 26), fill="#4a4a4a", width=2)
        draw.ellipse((left + 46, 26, left + 74, 48), fill="#ffd166")


def _frame(look: Look, still: Any, number: int) -> Any:
    import av
    from PIL import Image, ImageDraw

    if look.dark and number >= look.seconds * RATE // 2:
        image = Image.new("RGB", (WIDTH, HEIGHT), "#040404")
    else:
        image = still.copy()
        draw = ImageDraw.Draw(image)
        for place, (left, coat) in enumerate(look.people):
            _person(draw, left + round(5 * math.sin((number + 17 * place) / 9)), coat, number + 5 * place)
        draw.rectangle((146 + number % 20, 122, 150 + number % 20, 125), fill="#1d3557")  # a pen that writes
        _overlay(draw, number)
    frames: Any = av.VideoFrame
    frame = frames.from_image(image).reformat(format="yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, RATE)
    return frame


def _person(draw: Any, left: int, coat: str, number: int) -> None:
    nod = round(math.sin(number / 6))
    draw.ellipse((left - 9, 62 + nod, left + 9, 82 + nod), fill="#e0b08c")
    draw.pieslice((left - 10, 60 + nod, left + 10, 80 + nod), 180, 360, fill="#2b2118")
    draw.rounded_rectangle((left - 16, 82, left + 16, 132), 6, fill=coat)
    arm = round(8 * math.sin(number / 4))
    draw.line((left + 14, 92, left + 26, 112 + arm), fill=coat, width=7)


def _overlay(draw: Any, number: int) -> None:
    second = number // RATE
    text = f"DEMO {second // 60:02}:{second % 60:02}"
    draw.rectangle((4, 4, 92, 20), fill="#000000")
    draw.text((8, 5), text, fill="#ffffff", font=_font())


@cache
def _font() -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(13)


def _murmur(at: int) -> Any:
    """Two soft tones that swell like voices."""
    import av
    import numpy as np

    when = (np.arange(SAMPLES) + at) / SOUND_RATE
    voice = np.sin(2 * np.pi * 180 * when) + 0.6 * np.sin(
        2 * np.pi * 247 * when + np.sin(2 * np.pi * 3 * when)
    )
    wave = voice * (0.55 + 0.45 * np.sin(2 * np.pi * 1.3 * when)) * 1500
    frame = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, at, Fraction(1, SOUND_RATE)
    return frame
