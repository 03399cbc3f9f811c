"""Writing that outlives a power cut. Each function returns only when bytes and names are on storage.

A file or a folder that is made here appears whole or not at all. A crash leaves at most a name that begins
with a dot, which nobody reads; any other failure leaves nothing.

An `OSError` from here means: the state on storage is not known. Read it again before going on.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from zhilu.errors import CallerError, WorldError


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable: those made, renamed or removed."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(file: IO[bytes]) -> None:
    """All that was written to an open file so far."""
    file.flush()
    os.fsync(file.fileno())


def write_all(handle: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def replace(path: Path, data: bytes, mode: int = 0o600) -> None:
    """A file is old or new, never half; of two writers at once the last one wins."""
    draft = _draft(path)
    try:
        _write_new(draft, data, mode)
        draft.rename(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def create(path: Path, data: bytes, mode: int = 0o600) -> None:
    """As `new_file`, for bytes that are at hand."""
    with new_file(path, mode) as file:
        file.write(data)


@contextmanager
def new_file(path: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """A file that was not there before: FileExistsError where the name is taken, also if somebody takes it
    meanwhile."""
    if os.path.lexists(path):
        raise FileExistsError(17, os.strerror(17), str(path))
    draft = _draft(path)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            yield file
            sync_file(file)
        _name(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A program's home: filled beside its place and moved there at the end. Nothing may be there but an
    empty folder (`exists`); what cannot be written is `write`."""
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise CallerError("exists", "{folder} is there already and is not an empty folder.", folder=folder)
    draft = _draft(folder.resolve())
    try:
        draft.mkdir(mode=0o700, parents=True)
        yield draft
        _sync_tree(draft)
        draft.rename(folder.resolve())  # takes the place of an empty folder
        sync_folder(folder.resolve().parent)
    except OSError as error:
        raise WorldError(
            "write", "{path} cannot be written: {detail}", path=folder, detail=error.strerror or error
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


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


class Appender:
    """A file that only grows. `size` counts what is durable."""

    def __init__(self, path: Path) -> None:
        """Opens what is there, or makes it; the name is durable."""
        self.path = path
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.size = os.fstat(self._handle).st_size
        sync_folder(path.parent)

    def append(self, data: bytes | memoryview) -> None:
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

    def __del__(self) -> None:
        """A logbook lives as long as its process; where one process makes many, no descriptor is kept."""
        if hasattr(self, "_handle"):
            self.close()


def _draft(path: Path) -> Path:
    """Beside its place, so that a rename is enough; of its own, so that two writers do not meet in it."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def _write_new(path: Path, data: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        os.fchmod(handle, mode)
        write_all(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    sync_folder(folder)


def _name(draft: Path, path: Path) -> None:
    """Give the finished file its name; FileExistsError where somebody made `path` meanwhile."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:
        # No hard links here (a memory stick with FAT): take the name first, then put the file in its place.
        path.open("xb").close()
        draft.replace(path)
