"""A drawn scene: a running clock, a moving bar and a tone. Origin `test`: never called capture.

Cheap on purpose: the clock is drawn once a second, each frame copies it and moves the bar.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from zhilu.devices.media.cmaf import CmafMuxer
from zhilu.devices.media.encode import DRAWN, AudioEncoder, VideoEncoder
from zhilu.devices.media.facts import Fragment, Header
from zhilu.devices.media.judge import Judge
from zhilu.devices.sources.base import Going

WIDTH, HEIGHT, RATE = 640, 360, 15
SOUND_RATE, TONE_HZ, SAMPLES = 16_000, 440, 1024


class SceneSource:
    """Runs until told to stop."""

    origin = "test"
    live = False

    def __init__(self) -> None:
        self._muxer, self._judge = CmafMuxer(), Judge()
        self._video = VideoEncoder(self._muxer, WIDTH, HEIGHT, Fraction(RATE), Fraction(1, RATE), DRAWN)
        self._audio = AudioEncoder(self._muxer, SOUND_RATE, 1)

    def open(self) -> Header:
        return self._muxer.start()

    def fragments(self, going: Going) -> Iterator[Fragment]:
        still, sounded = _clock_face(0), 0
        for number in itertools.count():
            if not going(number / RATE):
                break
            if number % RATE == 0:
                still = _clock_face(number // RATE)
            packets = self._video.encode(self._seen(_frame(still, number), number))
            while sounded * RATE < (number + 1) * SOUND_RATE:
                tone = _tone(sounded)
                self._judge.sound(sounded * 10**6 // SOUND_RATE, tone)
                packets += self._audio.encode(tone)
                sounded += SAMPLES
            yield from map(self._judge.label, self._muxer.mux(packets))
        rest = self._muxer.mux(self._video.encode(None) + self._audio.encode(None))
        yield from map(self._judge.label, rest + self._muxer.finish())

    def _seen(self, frame: Any, number: int) -> Any:
        at_us = number * 10**6 // RATE
        self._judge.begins(at_us)
        if self._judge.wants_picture(at_us):
            self._judge.picture(at_us, frame)
        return frame

    def close(self) -> None:
        """Nothing is held."""


def _clock_face(second: int) -> Any:
    """The picture of one second, 4:2:0 planes below one another, uint8 (height * 3 // 2, width)."""
    image = Image.new("L", (WIDTH, HEIGHT), 40)
    text = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    draw = ImageDraw.Draw(image)
    draw.text((WIDTH // 2, HEIGHT // 2), text, fill=235, anchor="mm", font=ImageFont.load_default(96))
    planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    planes[:HEIGHT] = np.asarray(image)
    return planes


def _frame(still: Any, number: int) -> Any:
    planes = still.copy()
    left = number * 8 % (WIDTH - 40)
    planes[HEIGHT - 60 : HEIGHT - 40, left : left + 40] = 200
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, RATE)
    return frame


def _tone(at: int) -> Any:
    wave = np.sin(2 * math.pi * TONE_HZ / SOUND_RATE * (np.arange(SAMPLES) + at)) * 8000
    frame = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, at, Fraction(1, SOUND_RATE)
    return frame
