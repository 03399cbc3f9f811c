"""The demonstration from nothing: city and three counties built, started, one recording all the way, until
addresses are printed. `demo_ready_s` ≤ 90 on two free cores; processes and memory once it serves.
"""

import signal
import tempfile
import time
from pathlib import Path

from support.demonstration import Demo


def run() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        begun = time.monotonic()
        demo = Demo(Path(folder))
        try:
            demo.wait_for("Ctrl-C")
            seconds = time.monotonic() - begun
            processes, memory_mb = demo.burden
            demo.end(signal.SIGINT)
        finally:
            demo.kill()
    return {"demo_ready_s": seconds, "demo_processes": float(processes), "demo_resident_mb": memory_mb}
