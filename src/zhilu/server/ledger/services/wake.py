"""The bell between `commit` and the pass in the same process. A bell that nobody hears costs a poll
interval, nothing more.
"""

from __future__ import annotations

import threading

_bell = threading.Event()


def ring() -> None:
    _bell.set()


def wait(timeout_s: float) -> None:
    """Return when rung since the last wait, or after the timeout."""
    _bell.wait(timeout_s)
    _bell.clear()
