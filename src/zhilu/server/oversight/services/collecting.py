"""While many facts are made Python looks for garbage again and again, in all that there is: a third of the
time that judging takes.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = [0]


@contextmanager
def paused() -> Iterator[None]:
    """Nothing is collected in this process until the last is out; may be nested."""
    with _lock:
        _inside[0] += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _inside[0] -= 1
            if not _inside[0]:
                gc.enable()
