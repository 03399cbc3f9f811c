"""A recorder that records 1080p25 at 5.8 Mbit/s in real time, passed through, in a process of its own.

- `live_seal_core_share` ≤ 0.03: processor time of sealing, hashing, journal lines and writing, a second of
  media.
- `live_rss_mb` ≤ 150: the most that the whole process held, FFmpeg's parts included.
- `segment_durable_ms` ≤ 300: the slowest segment, from its last packet until it and its line were on storage;
  `segment_durable_p50_ms`: the median. They are storage's figures above all: state what else wrote.

The film is noise, as large as a camera's stream, at the pace of a camera. ZHILU_LIVE_SECONDS (default
40) makes it longer; minute lines come after each 60 s.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import av
import numpy

from support.recorder_world import World
from support.rounds import on_disk

RATE, BITS = 25, 5_800_000
HERE = Path(__file__).parent
TESTS = str(HERE.parent / "tests")


def run() -> dict[str, float]:
    seconds = int(os.environ.get("ZHILU_LIVE_SECONDS", "40"))
    with on_disk() as folder:
        world = World(folder / "world")
        world.adopt()
        film, seen = make_stream(folder / "film.mp4", seconds), folder / "seen.json"
        command = [sys.executable, str(HERE / "_live_recorder.py"), str(seen), "recorder", "run"]
        options = ["--home", str(world.home.folder), "--source", str(film), "--realtime"]
        environment = os.environ | {"PYTHONPATH": TESTS}
        done = subprocess.run([*command, *options], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        got = json.loads(seen.read_text())
    assert got["segments"] >= seconds // 2 - 1, got
    return {
        "live_seal_core_share": got["cpu_s"] / seconds,
        "live_rss_mb": got["rss_mb"],
        "segment_durable_ms": max(got["durable_ms"]),
        "segment_durable_p50_ms": statistics.median(got["durable_ms"]),
    }


def make_stream(path: Path, seconds: int) -> Path:
    """Noise in 1080p25 at a constant rate, a key frame every 2 s."""
    random = numpy.random.default_rng(1)
    noise = [random.integers(0, 256, (1620, 1920), dtype=numpy.uint8) for _ in range(4)]
    rate = str(BITS)
    options = {"preset": "ultrafast", "g": str(2 * RATE), "minrate": rate, "maxrate": rate, "bufsize": rate}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={**options, "b": rate})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for number in range(seconds * RATE):
            frame = av.VideoFrame.from_ndarray(noise[number % len(noise)], format="yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
