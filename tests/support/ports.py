"""TCP ports for programs that are told theirs before they take it: none that the kernel gives to others
meanwhile, and for each process of a run a range of its own.
"""

from __future__ import annotations

import itertools
import os
import random
import socket
from collections.abc import Iterator

WORKERS = 8
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
MINE = range(12_000, 20_000)[WORKER::WORKERS]
BASES = range(20_000, 32_600, 200)[WORKER::WORKERS]


def free_tcp_port() -> int:
    """A TCP port that is free now; the same one again only after all the others."""
    return next(port for port in _PORTS if is_free(port))


def free_tcp_base(offsets: tuple[int, ...]) -> int:
    """One where the TCP ports at all offsets, below 200, are free now."""
    while True:
        base = random.SystemRandom().choice(BASES)
        if all(is_free(base + offset) for offset in offsets):
            return base


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _ports() -> Iterator[int]:
    return itertools.cycle(random.SystemRandom().sample(MINE, len(MINE)))


_PORTS = _ports()
