"""A media store in a folder of a POSIX file system.

The order of `put`, and what a crash between two steps means:

1. write to a new file in `tmp/`           crash: a stray file, swept at the next start; nothing visible
2. fsync the file                          crash: the same
3. chmod 0444                              crash: the same
4. link it under its key                   crash: visible or not; if visible, whole, since 2 came before
5. fsync the key's folders, remove the tmp name   crash: the name may be lost, then `put` is called again

`adopt` begins at 2 with the caller's file; a crash there means the same, but for the stray file, which is
the caller's. After 4 the file has two names: called again with the same file, it finds its own object and
goes on with 5. On another file system, or one without links, it is a `put` of the same bytes.

A link, unlike a rename, fails where the name is taken: so of two writers one learns of the other. Root can
still change a file; the signed journal and the ledger show it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from zhilu.durable import sync_file, sync_folder
from zhilu.errors import WorldError
from zhilu.store import api
from zhilu.store.api import CHUNK, READ_ONLY, Content, check_key

UNLINKABLE = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP})
"""Another file system, one that knows no links, too many of them."""


class PosixStore:
    """One durable copy on this machine's file system."""

    copies = 1

    def __init__(self, folder: Path) -> None:
        """`folder` must exist: it is made by `create`, once."""
        if not (folder / "tmp").is_dir():
            raise WorldError("store-failed", "The media store {folder} is not there.", folder=folder)
        self._folder = folder

    @classmethod
    def create(cls, folder: Path) -> PosixStore:
        """Make an empty store."""
        (folder / "tmp").mkdir(parents=True)
        sync_folder(folder)
        return cls(folder)

    def sweep(self) -> int:
        """Remove what crashed writers left; call it only when nobody writes. Returns how many."""
        strays = list((self._folder / "tmp").iterdir())
        for stray in strays:
            stray.unlink()
        return len(strays)

    def put(self, key: str, chunks: Iterable[bytes], content: Content | None = None) -> Content:
        target = self._folder / check_key(key)
        temporary = self._folder / "tmp" / secrets.token_hex(16)
        try:
            written = self._write(temporary, chunks)
            if content is not None and written != content:
                raise api.mismatch(key)
            self._link(temporary, target, key)
        except OSError as error:
            raise api.failed(error) from error
        finally:
            temporary.unlink(missing_ok=True)
        return written

    def adopt(self, key: str, path: Path) -> None:
        target = self._folder / check_key(key)
        try:
            _seal(path)
            self._link(path, target, key)
        except OSError as error:
            if error.errno not in UNLINKABLE:
                raise api.failed(error) from error
            self.put(key, api.chunks_of(path))

    def open(self, key: str) -> BinaryIO:
        try:
            return (self._folder / check_key(key)).open("rb")
        except FileNotFoundError:
            raise api.missing(key) from None

    def length(self, key: str) -> int | None:
        try:
            return (self._folder / check_key(key)).stat().st_size
        except FileNotFoundError:
            return None

    def _write(self, path: Path, chunks: Iterable[bytes]) -> Content:
        digest, length = hashlib.sha256(), 0
        with path.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                length += len(chunk)
            sync_file(file)
            os.fchmod(file.fileno(), READ_ONLY)
        return Content(length, digest.digest())

    def _link(self, path: Path, target: Path, key: str) -> None:
        made = _make_folders(self._folder, target.parent)
        try:
            target.hardlink_to(path)
        except FileExistsError:
            if not target.samefile(path) and _content(target) != _content(path):
                raise api.exists(key) from None
        for folder in made:
            sync_folder(folder)


def _seal(path: Path) -> None:
    """Steps 2 and 3 for a file of the caller's: read-only before it has its second name, also after a loss of
    power, for by that the caller knows it."""
    with path.open("rb") as file:
        os.fchmod(file.fileno(), READ_ONLY)
        os.fsync(file.fileno())


def _make_folders(root: Path, folder: Path) -> list[Path]:
    """The folders from `folder` up to `root`; those that were missing are made."""
    folder.mkdir(parents=True, exist_ok=True)
    chain = [folder, *folder.parents]
    return chain[: chain.index(root) + 1]


def _content(path: Path) -> Content:
    digest, length = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            length += len(chunk)
    return Content(length, digest.digest())
