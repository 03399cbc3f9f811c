"""Writing that outlives a power cut. Each function returns only when the bytes are on storage.

An `OSError` from here means: the state on storage is not known. Read it again before going on.
"""

from __future__ import annotations

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable: those made, renamed or removed."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace(path: Path, data: bytes, mode: int = 0o600) -> None:
    """A file is old or new, never half. A crash here leaves the old one, and perhaps a `.new` that nobody
    reads."""
    half = path.with_name(f".{path.name}.new")
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.fchmod(handle, mode)
        write_all(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    half.rename(path)
    sync_folder(path.parent)


def write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


class Appender:
    """A file that only grows. `size` counts what is durable."""

    def __init__(self, path: Path) -> None:
        """Opens what is there, or makes it; the name is durable."""
        self.path = path
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.size = os.fstat(self._handle).st_size
        sync_folder(path.parent)

    def append(self, data: bytes) -> None:
        write_all(self._handle, data)
        os.fdatasync(self._handle)
        self.size += len(data)

    def rewind(self, size: int | None = None) -> None:
        """Drop what a failed `append` left beyond `size`; another size drops whole appends too."""
        self.size = self.size if size is None else size
        os.ftruncate(self._handle, self.size)
        os.fsync(self._handle)

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def cut(path: Path, size: int) -> int:
    """Shorten a file to `size`; returns how many bytes were dropped."""
    dropped = path.stat().st_size - size
    if dropped > 0:
        handle = os.open(path, os.O_WRONLY)
        try:
            os.ftruncate(handle, size)
            os.fsync(handle)
        finally:
            os.close(handle)
    return max(dropped, 0)
