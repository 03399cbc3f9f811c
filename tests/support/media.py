"""Small films, and what is in a film."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def payloads(path: Path) -> dict[str, list[tuple[bytes, Fraction, Fraction]]]:
    """For picture and sound of a file: (payload, pts, dts) of each packet, seconds."""
    found: dict[str, list[tuple[bytes, Fraction, Fraction]]] = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.size and packet.stream.type in ("video", "audio"):
                times = packet.pts * packet.time_base, packet.dts * packet.time_base
                found.setdefault(packet.stream.type, []).append((bytes(packet), *times))
    return found


def make_video(
    path: Path, codec: str, *, seconds=3, rate=10, size=(128, 96), sound=None, options=None
) -> Path:
    """A small film in any codec that the wheel can encode."""
    with av.open(str(path), "w") as out:
        video = out.add_stream(codec, rate=rate, options=options or {})
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        audio = out.add_stream(sound, rate=48000, layout="stereo") if sound else None
        for number in range(seconds * rate):
            picture = np.random.default_rng(number).integers(0, 255, (size[1] * 3 // 2, size[0]), np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            out.mux(video.encode(frame))
        if audio:
            for number in range(seconds * 48):
                frame = av.AudioFrame.from_ndarray(
                    np.zeros((1, 2000), np.int16), format="s16", layout="stereo"
                )
                frame.sample_rate, frame.pts, frame.time_base = 48000, number * 1000, Fraction(1, 48000)
                out.mux(audio.encode(frame))
            out.mux(audio.encode(None))
        out.mux(video.encode(None))
    return path
