"""The demonstration from nothing: city and three counties built, started, one recording all the way, until
addresses are printed. `demo_ready_s` ≤ 90 on two free cores; processes and memory once it serves.
"""

import signal
import tempfile
import time
from pathlib import Path

from support.demonstration import Demo
from zhilu.demo.processes import descendants


def run() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        begun = time.monotonic()
        demo = Demo(Path(folder))
        try:
            demo.wait_for("Ctrl-C")
            seconds = time.monotonic() - begun
            running = [demo.process.pid, *descendants(demo.process.pid)]
            memory = sum(map(resident_mb, running))
            demo.end(signal.SIGINT)
        finally:
            demo.kill()
    return {"demo_ready_s": seconds, "demo_processes": float(len(running)), "demo_resident_mb": memory}


def resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmRSS:"))
