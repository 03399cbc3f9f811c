"""A 60 s 720p file (H.264, AAC) along the whole road, from the command to its exit. `loop60_s` ≤ 60."""

import tempfile
import time
from pathlib import Path

from support.films import make_film
from support.loop import run_loop


def run() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        source = make_film(Path(folder) / "source.mp4", 60)
        begun = time.monotonic()
        loop = run_loop(Path(folder) / "kept", "--source", source)
        seconds = time.monotonic() - begun
        assert loop.code == 0, loop.output
    return {"loop60_s": seconds}
