"""Where the parts of an evidence folder lie, and reading them within limits.

    PATH                     a recording's folder: journal.jws, media.sealed
    PATH/recording           … or one level down; or one of these two files
    PATH                     a clip's folder (`zhilu open-copy`): journal.jws, clip.json, the file it names
    PATH                     a recorder's store: logbook.jws and recordings/<id>/. Without that folder all
                             recordings are gone from it: a logbook by itself is named as a file
    PATH, and up to two above: logbook.jws, receipt.json

`trust.json` is never picked up by itself: a trust document that came with the evidence proves nothing.
Links are followed as the file system does; nothing here writes.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from zhilu.errors import CallerError, WorldError
from zhilu.sealed import clip, journal, logbook, media, store
from zhilu.sealed.clip import Clip, ClipMedia
from zhilu.sealed.evidence import FILE as RECEIPT
from zhilu.sealed.evidence import MAX_EVIDENCE
from zhilu.sealed.lines import MAX_LINE

LEVELS_UP = 2


@dataclass(frozen=True)
class Found:
    """What there is. `folder` None: a logbook was named, with the folder of all its recordings (`store`) or
    alone."""

    folder: Path | None
    logbook: Path | None
    receipt: Path | None
    store: Path | None = None

    @property
    def recording(self) -> UUID | None:
        """The id that the folder's name promises, if it is one."""
        try:
            return UUID(self.folder.resolve().name) if self.folder else None
        except ValueError:
            return None

    def evidence(self) -> bytes | None:
        return None if self.receipt is None else read_small(self.receipt, MAX_EVIDENCE)


def find(path: Path) -> Found:
    """Raises WorldError `unreadable` or CallerError `no-recording`."""
    try:
        path.stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    if path.is_file() and path.name in (journal.FILE, media.FILE):
        # One part of a recording was named: to take it for a logbook would accuse a sound file.
        path = path.parent
    if path.is_file():
        return Found(None, path, _near(path.parent, RECEIPT))
    is_book, held = (path / logbook.FILE).is_file(), path / store.FOLDER
    for folder in (path, path / "recording"):
        if (folder / journal.FILE).is_file():
            if is_book and held.exists():
                # Whichever we took, a sound one could have been put there to hide the other.
                raise CallerError("several", "{path} holds a recording and a store: name one.", path=path)
            return Found(folder, _near(folder, logbook.FILE), _near(folder, RECEIPT))
    if is_book:
        return Found(None, path / logbook.FILE, _near(path, RECEIPT), held)
    raise CallerError("no-recording", "Neither a recording nor a logbook lies in {path}", path=path)


def _near(folder: Path, name: str) -> Path | None:
    resolved = folder.resolve()
    places = (resolved, *resolved.parents)[: LEVELS_UP + 1]
    return next((place / name for place in places if (place / name).is_file()), None)


def read_small(path: Path, limit: int) -> bytes:
    """The whole content; refused where it is longer than `limit` bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(data) > limit:
        raise CallerError("too-large", "{path} is larger than {limit} bytes.", path=path, limit=limit)
    return data


def lines(path: Path) -> Iterator[bytes]:
    """Lines with their LF, at most one byte over the limit of a line: such a one is refused by its reader."""
    try:
        with path.open("rb") as file:
            while line := file.readline(MAX_LINE + 1):
                yield line
    except OSError as error:
        raise _unreadable(path, error) from None


def recordings(folder: Path) -> list[str]:
    """Names of the folders in a store; none where their folder is gone: then all of them are missing."""
    if not folder.exists():
        return []
    try:
        return sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    except OSError as error:
        raise _unreadable(folder, error) from None


@contextmanager
def held(folder: Path) -> Iterator[tuple[Iterator[bytes], FileMedia]]:
    """Journal and media of one recording; a file that is not there has no lines."""
    path = folder / journal.FILE
    with FileMedia(folder) as found:
        # A pipe that lies there under this name would keep us waiting for ever.
        yield lines(path) if path.is_file() else iter(()), found


@contextmanager
def open_media(found: Found) -> Iterator[tuple[FileMedia | ClipMedia, UUID | None]]:
    """Media of a recording's folder, or of a clip's; and the id that they should be of, where one is said."""
    assert found.folder is not None
    listed = found.folder / clip.FILE
    if not listed.is_file():
        with FileMedia(found.folder) as sealed:
            yield sealed, found.recording
        return
    if (found.folder / media.FILE).exists():
        # Whichever we took, a sound one could have been put there to hide the other.
        raise CallerError("several", "{path} holds a recording and a clip: name one.", path=found.folder)
    told = Clip.loads(read_small(listed, clip.MAX_CLIP))
    with FileMedia(found.folder, told.file) as plain:
        yield ClipMedia(told, plain), told.recording


class FileMedia:
    """`sealed.media.ReadAt` over `media.sealed`; a file that is not there has no bytes."""

    def __init__(self, folder: Path, name: str = media.FILE) -> None:
        self._path = folder / name
        self._fd: int | None = None
        self.size = 0
        try:
            # Not blocking: a pipe that lies there under this name would keep us waiting for ever.
            self._fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
            status = os.fstat(self._fd)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unreadable(self._path, error) from None
        if not stat.S_ISREG(status.st_mode):
            os.close(self._fd)
            raise CallerError("no-recording", "Neither a recording nor a logbook lies in {path}", path=folder)
        self.size = status.st_size

    def __enter__(self) -> FileMedia:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._fd is not None:
            os.close(self._fd)

    def read_at(self, offset: int, length: int) -> bytes:
        if self._fd is None:
            return b""
        try:
            return os.pread(self._fd, length, offset)
        except OSError as error:
            raise _unreadable(self._path, error) from None


def _unreadable(path: Path, error: OSError) -> WorldError:
    return WorldError(
        "unreadable", "{path} cannot be read: {detail}", path=path, detail=error.strerror or error
    )
