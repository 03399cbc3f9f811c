"""Flashes and beeps at the same true moments, seen and heard by clocks that differ; how far apart are they in
the sealed film? The picture is tiny and the sound has 8 kHz, so an hour takes seconds."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from zhilu.devices.media.cmaf import CmafMuxer
from zhilu.devices.media.encode import DRAWN, AudioEncoder, VideoEncoder

RATE, FRAMES, SAMPLES = 8000, 5, 1024
EVERY_S, FIRST_S, LONG_S = 10, 5, 0.2


def offsets_ms(
    folder: Path, seconds: int, ppm: float, lost_every_s: float = 0, late_s: float = 0
) -> list[float]:
    """Sound minus picture at each beep. The microphone takes `ppm` more samples than it says; now and then it
    loses 0.1 s of them; it begins `late_s` after the picture."""
    path = folder / "drift.mp4"
    path.write_bytes(b"".join(_film(seconds, ppm, lost_every_s, late_s)))
    flashes = [at for at in _onsets(_lit(path), 1.0) if at >= late_s]
    beeps = _onsets(_loud(path), 1.0)
    assert len(flashes) == len(beeps) > 0, (len(flashes), len(beeps))
    return [1000 * (heard - seen) for seen, heard in zip(flashes, beeps, strict=True)]


def _film(seconds: int, ppm: float, lost_every_s: float, late_s: float) -> Iterator[bytes]:
    muxer = CmafMuxer()
    picture = VideoEncoder(muxer, 64, 48, Fraction(FRAMES), Fraction(1, FRAMES), DRAWN)
    sound = AudioEncoder(muxer, RATE, 1)
    yield muxer.start().data
    heard = _microphone(seconds, RATE * (1 + ppm / 1e6), lost_every_s, late_s)
    frame = next(heard)
    for number in range(seconds * FRAMES):
        packets = picture.encode(_picture(number))
        while frame is not None and frame.pts / 1e6 < (number + 1) / FRAMES:
            packets += sound.encode(frame)
            frame = next(heard, None)
        yield from (fragment.data for fragment in muxer.mux(packets))
    yield from (fragment.data for fragment in muxer.mux(picture.encode(None) + sound.encode(None)))
    yield from (fragment.data for fragment in muxer.finish())


def _picture(number: int):
    planes = np.full((72, 64), 128, np.uint8)
    planes[:48] = 235 if number % (EVERY_S * FRAMES) == FIRST_S * FRAMES else 16
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, FRAMES)
    return frame


def _microphone(seconds: int, true_rate: float, lost_every_s: float, late_s: float):
    first = int(late_s * true_rate)
    lost_next_s = lost_every_s
    while first / true_rate < seconds:
        if lost_every_s and first / true_rate > lost_next_s:
            first, lost_next_s = first + int(0.1 * true_rate), lost_next_s + lost_every_s
        at = (first + np.arange(SAMPLES)) / true_rate
        beeps = (at % EVERY_S >= FIRST_S) & (at % EVERY_S < FIRST_S + LONG_S)
        wave = np.where(beeps, np.sin(2 * np.pi * 440 * at) * 12_000, 0).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave[None], format="s16", layout="mono")
        frame.sample_rate, frame.time_base = RATE, Fraction(1, 10**6)
        frame.pts = round(first / true_rate * 1e6)
        yield frame
        first += SAMPLES


def _onsets(moments: Iterator[tuple[float, bool]], apart_s: float) -> list[float]:
    found, last_s = [], -10.0
    for at_s, there in moments:
        if there:
            if at_s - last_s > apart_s:
                found.append(at_s)
            last_s = at_s
    return found


def _lit(path: Path) -> Iterator[tuple[float, bool]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield float(frame.pts * frame.time_base), frame.to_ndarray()[:48].mean() > 100


def _loud(path: Path) -> Iterator[tuple[float, bool]]:
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            level, start_s = np.abs(frame.to_ndarray()[0]), float(frame.pts * frame.time_base)
            for at in range(0, len(level) - 15, 16):
                yield start_s + at / frame.sample_rate, level[at : at + 16].max() > 0.1
