"""One at a time on this home, over processes: the worker, and a command that was started beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from zhilu import locks


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Waits for whoever else is at it. Dies with its process."""
    with (Path(settings.ZHILU.home) / f"{name}.lock").open("w") as file:
        locks.wait(file)
        yield
