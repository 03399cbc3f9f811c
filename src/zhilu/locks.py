"""One at a time, over processes: the lock of an open file or folder. It ends with the file, at the latest
with its process.

Two processes of one home would write over each other, so each program takes the lock of its home first.
"""

from __future__ import annotations

import fcntl
from typing import IO


def take(file: int | IO[str] | IO[bytes]) -> bool:
    """Whether it is ours now; False where somebody else has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait(file: int | IO[str] | IO[bytes]) -> None:
    """Until it is ours."""
    fcntl.flock(file, fcntl.LOCK_EX)
