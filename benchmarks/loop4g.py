"""4 GB along the whole road: the largest resident memory of any program. `loop4g_rss_mb` ≤ 200.

The file is one short clip of some 40 Mbit/s, copied again and again with new times. ZHILU_LOOP_GB makes it
smaller.
"""

import os
import re
import tempfile
from pathlib import Path

from support.films import make_large_film
from support.loop import run_loop


def run() -> dict[str, float]:
    gigabytes = float(os.environ.get("ZHILU_LOOP_GB", "4"))
    with tempfile.TemporaryDirectory() as folder:
        source = make_large_film(Path(folder) / "source.mp4", int(gigabytes * 1e9))
        loop = run_loop(Path(folder) / "kept", "--source", source, "--memory")
        assert loop.code == 0, loop.output
        peaks = {name: float(mb) for name, mb in re.findall(r"memory (\w+) ([0-9.]+) MB", loop.output)}
    figures = {f"loop4g_{name}_rss_mb": mb for name, mb in peaks.items()}
    return {**figures, "loop4g_rss_mb": max(peaks.values())}
