"""A card of a recorder that does not seal: real films, pictures and sounds, whole and damaged, and what else
lies on such a card."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import av
import numpy
from PIL import Image


def film(path: Path, codec: str, seconds: int = 1, **options: str) -> Path:
    """A film of 160 × 120 in the container that the name's ending says."""
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(seconds * 10):
            grey = numpy.full((180, 160), 20 + 7 * number % 200, numpy.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def mov(path: Path) -> Path:
    return film(path, "libx264")


def avi(path: Path) -> Path:
    return film(path, "mpeg4")


def sound(path: Path, codec: str) -> Path:
    tone = (numpy.sin(numpy.arange(8_000) / 20) * 8_000).astype(numpy.int16)[None, :]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=8_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        frame.sample_rate, frame.pts = 8_000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def photo(path: Path, size: tuple[int, int] = (320, 240)) -> Path:
    noise = numpy.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), numpy.uint8)
    Image.fromarray(noise).save(path)
    return path


def cut(path: Path, source: Path, size: int) -> Path:
    """The first `size` bytes of `source`; counted from the end where negative."""
    path.write_bytes(source.read_bytes()[:size])
    return path


def fill(folder: Path, clip: Path) -> Path:
    """Everything at once. `clip`: a film from a real camera, with its index at the end or the front."""
    folder.mkdir()
    (folder / "DCIM").mkdir()
    shutil.copy(clip, folder / "XT-01_056789_20261124101530_1.mp4")
    cut(folder / "XT-01_056789_20261124101530_2.mp4", clip, clip.stat().st_size // 2)
    mov(folder / "XT-01_056789_20261124101530_3.mov")
    avi(folder / "DCIM" / "MOVI0004.avi")
    photo(folder / "DCIM" / "XT-01_056789_20261399999999_5.jpg")
    sound(folder / "DCIM" / "REC.wav", "pcm_s16le")
    (folder / "empty.mp4").touch()
    (folder / "notes.mp4").write_text("这不是录像\n")
    (folder / "a\nb\x1b[2J.mp4").write_bytes(b"hostile")
    (folder / "link.mp4").symlink_to(clip)
    (folder / "DCIM" / "up").symlink_to(folder)
    os.mkfifo(folder / "pipe.mp4")
    shutil.copy(clip, folder / "zz-again.mp4")
    return folder
