"""A media store in a folder of a POSIX file system.

The order of `put`, and what a crash between two steps means:

1. write to a new file in `tmp/`           crash: a stray file, swept at the next start; nothing visible
2. fsync the file                          crash: the same
3. chmod 0444                              crash: the same
4. link it under its key                   crash: visible or not; if visible, whole, since 2 came before
5. fsync the key's folders, remove the tmp name   crash: the name may be lost, then `put` is called again

A link, unlike a rename, fails where the name is taken: so of two writers one learns of the other. Root can
still change a file; the signed journal and the ledger show it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from zhilu.durable import sync_file, sync_folder
from zhilu.errors import WorldError
from zhilu.store import api
from zhilu.store.api import CHUNK, Content, check_key

READ_ONLY = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH


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
            self._publish(temporary, target, key, written)
        except OSError as error:
            raise WorldError(
                "store-failed", "The media store cannot write: {reason}", reason=error.strerror
            ) from error
        finally:
            temporary.unlink(missing_ok=True)
        return written

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

    def _publish(self, temporary: Path, target: Path, key: str, written: Content) -> None:
        made = _make_folders(self._folder, target.parent)
        try:
            target.hardlink_to(temporary)
        except FileExistsError:
            if _content(target) != written:
                raise api.exists(key) from None
        for folder in made:
            sync_folder(folder)


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
