"""An hour of media time with a microphone whose clock is 100 ppm off, and drops, encoded: how far from the
picture is the sound at the worst? `av_offset_ms` ≤ 40."""

import tempfile
from pathlib import Path

from support.drift import offsets_ms


def run() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        offsets = offsets_ms(Path(folder), seconds=3600, ppm=100.0, lost_every_s=600)
    return {"av_offset_ms": max(map(abs, offsets))}
