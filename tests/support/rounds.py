"""Measuring on a machine that is shared and noisy: the things compared take turns, and medians count."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

BUILD = Path(__file__).resolve().parent.parent.parent / "build"


def take_turns(rounds: int, **runs: Callable[[], object]) -> dict[str, float]:
    """Median seconds of each; every round runs each of them once, in another order each time."""
    names = list(runs)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for round_ in range(rounds):
        for name in names[round_ % len(names) :] + names[: round_ % len(names)]:
            begun = time.perf_counter()
            runs[name]()
            taken[name].append(time.perf_counter() - begun)
    return {name: statistics.median(times) for name, times in taken.items()}


def peak_mb() -> float:
    """The most memory that this process had resident. `ru_maxrss` would count what its parent had when it was
    started."""
    rows = Path("/proc/self/status").read_text().splitlines()
    return next(int(row.split()[1]) / 1024 for row in rows if row.startswith("VmHWM:"))


@contextmanager
def on_disk() -> Iterator[Path]:
    """A folder on the checkout's disk, as /tmp may be memory; a run that is killed leaves it in build/."""
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        yield Path(name)
