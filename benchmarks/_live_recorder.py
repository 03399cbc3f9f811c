"""The recorder's own program, watched: `_live_recorder.py OUT recorder run …` writes to OUT what it saw.

OUT is JSON. `cpu_s`: processor time of the sealing path (lines, sealing, hashing, writing) in its thread.
`durable_ms`: for each segment, from its last packet until it and its line were durable.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.rounds import peak_mb
from zhilu.cli import main
from zhilu.recorder import session
from zhilu.recorder.recording import Recording

seen: dict[str, Any] = {"cpu_s": 0.0, "segments": 0, "durable_ms": []}


def watched(name: str) -> None:
    method = getattr(Recording, name)

    def watching(self: Recording, *arguments: Any, **more: Any) -> Any:
        begun = time.thread_time()
        try:
            return method(self, *arguments, **more)
        finally:
            seen["cpu_s"] += time.thread_time() - begun
            seen["segments"] += name == "append"

    setattr(Recording, name, watching)


def durable(self: Any, told: Callable[[float], None]) -> None:
    seen["durable_ms"].append((time.monotonic() - self._before) * 1000)
    told(0.0)


for name in ("append", "mark", "close"):
    watched(name)
session._Filmed.durable = durable  # type: ignore[method-assign]
code = main(sys.argv[2:])
seen["rss_mb"] = peak_mb()
Path(sys.argv[1]).write_text(json.dumps(seen))
sys.exit(code)
