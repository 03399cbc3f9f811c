"""A recording on its way in, on disk: `<spool>/recordings/<id>/` with `journal.jws`, `segments.idx`,
`media.sealed`.

Each file may be half written after a crash; nothing is believed before the row of `Intake` says so, and
that is written after the bytes are on the disk. Bytes beyond what the row says are overwritten by the next
try. When the recording is whole, `media.sealed` becomes the store's own file; from then on nothing is written
to it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings

from zhilu import locks
from zhilu.durable import cut, sync_file, sync_folder
from zhilu.errors import DataError, WorldError
from zhilu.protocols.httpsig import Digested
from zhilu.server.evidence.services import segment_index
from zhilu.server.evidence.services.segment_index import Place
from zhilu.store.api import CHUNK

PIECE = 256 * 1024
# Disk left for the database and the ledger: a full disk would stop more than intake.
LEAST_FREE = 256 * 1024 * 1024


class Staging:
    """The folder of one recording. Made on first use; worked on inside `locked` only."""

    def __init__(self, recording: UUID) -> None:
        self.folder = settings.ZHILU.spool_folder / "recordings" / str(recording)
        self.journal = self.folder / "journal.jws"
        self.index = self.folder / "segments.idx"
        self.media = self.folder / "media.sealed"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else works on this recording inside. Where the disk fails, also inside: WorldError
        `spool-failed`."""
        with _world(), self._lock():
            yield

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        # The lock lies beside the folder, so that removing the folder cannot hand out two locks.
        path = self.folder.with_suffix(".lock")
        while True:
            with path.open("w") as file:
                locks.wait(file)
                if _is_at(file, path):
                    try:
                        yield
                    finally:
                        self._leave(file, path)
                    return
            # Whoever held it has taken the file away: the next comer has made another, and that one counts.

    def _leave(self, file: IO[str], path: Path) -> None:
        """Nothing was held, or it could not be: then no lock stays either. Only who has the lock takes its
        file away, and not one that another has made since `remove`.
        """
        if not self.folder.exists() and _is_at(file, path):
            path.unlink(missing_ok=True)

    def receive(self, name: str, chunks: Iterable[bytes], length: int) -> Path:
        """A new file of this name, whole and durable; the caller puts it in place by `keep`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _check_room(self.folder, length)
        path = self.folder / f"{name}.new"
        with path.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
            sync_file(file)
        return path

    def keep(self, received: Path, target: Path) -> None:
        received.replace(target)
        sync_folder(self.folder)

    def drop_new(self) -> None:
        """Take away what was received and not kept, and the folder if nothing else is in it."""
        for path in self.folder.glob("*.new"):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()

    def write_segment(self, place: Place, body: Digested, chunks: Iterable[bytes]) -> None:
        """Put one sealed segment at its offset, durable; DataError `segment-hash` if it is not the
        journal's.

        `body` is what `chunks` must be: they raise at their end if they are not. So nothing is hashed here.
        """
        if body != Digested(place.sha256, place.length):
            for _ in chunks:
                pass  # a sender that is still sending would not hear the answer
            raise DataError("segment-hash", "The segment is not the one that the journal signed.")
        _check_room(self.folder, place.length)
        at = place.offset
        try:
            with _opened(self._own_media()) as descriptor:
                for chunk in chunks:
                    at += os.pwrite(descriptor, chunk, at)
                os.fsync(descriptor)
        except OSError:
            self._drop_empty_media()
            raise

    def _drop_empty_media(self) -> None:
        """A disk without room has room for a name."""
        with suppress(OSError):
            if not self.media.stat().st_size:
                self.media.unlink()

    def whole_media(self) -> Path:
        """The media, read from beginning to end: each segment is what the journal signed, and nothing comes
        after the last. DataError `segment-hash` with the number of the first that is not."""
        self.media.touch()  # a recording of no segments has no media yet
        length = self._check_segments()
        if self.media.stat().st_size > length:
            # Another journal was held before this one, and had more.
            cut(self._own_media(), length)
        return self.media

    def _check_segments(self) -> int:
        length, buffer = 0, memoryview(bytearray(PIECE))
        with self.media.open("rb", buffering=0) as file:
            for i, place in enumerate(segment_index.read_all(self.index)):
                if _digest_of(file, place.length, buffer) != place.sha256:
                    raise DataError(
                        "segment-hash", "The segment is not the one that the journal signed.", i=i
                    )
                length += place.length
        return length

    def _own_media(self) -> Path:
        """The media, to be written to. A file that the store has adopted is the store's (a crash came after
        that, and the row is there still): a copy takes its place here. A crash before the rename leaves a
        `.new`, which nobody reads.
        """
        if self.media.exists() and not self.media.stat().st_mode & stat.S_IWUSR:
            fresh = self.media.with_name("media.sealed.new")
            try:
                with self.media.open("rb") as source, fresh.open("wb") as file:
                    shutil.copyfileobj(source, file, CHUNK)
                    sync_file(file)
                fresh.replace(self.media)
            except OSError:
                fresh.unlink(missing_ok=True)
                raise
            sync_folder(self.folder)
        return self.media

    def remove(self) -> None:
        """Nothing is left. Called when the recording is stored: whoever waited for the lock finds nothing
        to do.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.with_suffix(".lock").unlink(missing_ok=True)


def _digest_of(file: FileIO, length: int, buffer: memoryview) -> bytes:
    """SHA-256 of the next `length` bytes, or of what there is of them."""
    digest, missing = hashlib.sha256(), length
    while missing and (count := file.readinto(buffer[:missing])):
        digest.update(buffer[:count])
        missing -= count
    return digest.digest()


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _world() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WorldError(
            "spool-failed", "The county's spool cannot be written: {reason}", reason=error.strerror
        ) from error


def _check_room(folder: Path, length: int) -> None:
    if shutil.disk_usage(folder).free < LEAST_FREE + length:
        raise WorldError("spool-full", "The county's disk is nearly full.")
