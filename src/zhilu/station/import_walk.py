"""Finding the files of a card: every name below a folder is reported, whatever it is.

- no link is followed, nowhere; what is neither a folder nor a plain file is refused with its reason
- at most 16 folders deep, at most 100,000 names: beyond that nothing is imported at all, rather than a part
- a file is opened once, for reading only, without waiting (a pipe would keep us for ever), and judged by what
  was opened: a name that is changed into a link meanwhile is refused
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from zhilu.errors import CallerError, WorldError

MAX_DEPTH = 16
MAX_NAMES = 100_000


@dataclass(frozen=True)
class Found:
    """One name. `refused`: code of why it is not a file that can be imported, or empty."""

    path: Path
    refused: str = ""


def walk(folder: Path) -> list[Found]:
    """All below `folder`, in the order of their paths; CallerError `folder` or `too-many`."""
    if not folder.is_dir():
        raise CallerError("folder", "{folder} is not a folder.", folder=folder)
    found: list[Found] = []
    for one in _below(folder, 1):
        found.append(one)
        if len(found) > MAX_NAMES:
            raise CallerError(
                "too-many", "{folder} holds more than {most} files: import it folder by folder.",
                folder=folder, most=MAX_NAMES,
            )  # fmt: skip
    return found


def _below(folder: Path, depth: int) -> Iterator[Found]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError:
        yield Found(folder, "unreadable-folder")
        return
    for entry in names:
        path = Path(entry.path)
        if entry.is_symlink():
            yield Found(path, "link")
        elif not entry.is_dir(follow_symlinks=False):
            yield Found(path, "" if entry.is_file(follow_symlinks=False) else "not-a-file")
        elif depth >= MAX_DEPTH:
            yield Found(path, "too-deep")
        else:
            yield from _below(path, depth + 1)


def open_source(path: Path) -> BinaryIO:
    """The file for reading; WorldError `not-a-file` or `unreadable-file`. Nothing of it is changed, not even
    the time of its last reading where the system allows that."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        try:
            handle = os.open(path, flags | os.O_NOATIME)
        except PermissionError:
            handle = os.open(
                path, flags
            )  # not the owner of the file: its time of reading is not ours to spare
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise WorldError("not-a-file", "{path} is not a plain file.", path=path)
        return os.fdopen(handle, "rb")
    except OSError as error:
        raise WorldError(
            "unreadable-file", "{path} cannot be read: {detail}", path=path, detail=error.strerror or error
        ) from None
