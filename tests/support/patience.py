"""Waiting for what another process or thread does on its own time: a minute, as the machine may be busy."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

PATIENCE_S = 60.0
SERVING = r"on (127\.0\.0\.1:\d+)"
T = TypeVar("T")


def until(look: Callable[[], T], seconds: float = PATIENCE_S, why: Callable[[], str] = lambda: "") -> T:
    """What `look` gives, once that is true; `why`: what is said where it never is."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, why() or f"not within {seconds:.0f} s"
        time.sleep(0.02)
    return found


def takes_calls(path: Path) -> bool:
    """A Unix socket: its file is there before its program listens."""
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) == 0


def said(log: Path, process: subprocess.Popen[bytes], words: str = SERVING) -> re.Match[str]:
    """The first place of the log where the program says this; by default, where it serves."""

    def look() -> re.Match[str] | None:
        found = re.search(words, log.read_text())
        assert found or process.poll() is None, log.read_text()
        return found

    found = until(look, why=log.read_text)
    assert found is not None
    return found
