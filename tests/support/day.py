"""Beijing's day, which ends at 16:00 UTC. A test that asks about today makes its world and asks about it on
one day: what comes of a midnight between two steps is asked by tests that set the clock.
"""

from __future__ import annotations

import time

LEAST_S = 30.0
"""A test begins no later before the end of the day: most take a few seconds."""
YOUNG_S = 110.0
"""How long what was made once in a process stands for what each test would make."""
DAY_S, AHEAD_S = 86_400, 8 * 3600


def left() -> float:
    """Seconds to the end of the day."""
    return DAY_S - (time.time() + AHEAD_S) % DAY_S


def begin() -> None:
    """Returns at once, but for the last seconds of a day."""
    if (seconds := left()) < LEAST_S:
        time.sleep(seconds)


def young_until() -> float:
    """Of `time.monotonic`: until when what is made now is young, and of today."""
    return time.monotonic() + min(YOUNG_S, left())
