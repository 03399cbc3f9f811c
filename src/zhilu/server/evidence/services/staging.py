"""A recording on its way in, on disk: `<spool>/recordings/<id>/` with `journal.jws`, `segments.idx`,
`media.sealed`.

Each file may be half written after a crash; nothing is believed before the row of `Intake` says so, and
that is written after the bytes are on the disk. Bytes beyond what the row says are overwritten by the next
try.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from django.conf import settings

from zhilu.durable import sync_file, sync_folder
from zhilu.errors import DataError, WorldError
from zhilu.server.evidence.services import segment_index
from zhilu.server.evidence.services.segment_index import Place
from zhilu.store.api import CHUNK

# Disk left for the database and the ledger: a full disk would stop more than intake.
LEAST_FREE = 256 * 1024 * 1024


class Staging:
    """The folder of one recording. Made on first use; one writer at a time through `locked`."""

    def __init__(self, recording: UUID) -> None:
        self.folder = settings.ZHILU.spool_folder / "recordings" / str(recording)
        self.journal = self.folder / "journal.jws"
        self.index = self.folder / "segments.idx"
        self.media = self.folder / "media.sealed"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else works on this recording inside."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        # The lock lies beside the folder, so that removing the folder cannot hand out two locks.
        with self.folder.with_suffix(".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def receive(self, name: str, chunks: Iterable[bytes], length: int) -> Path:
        """A new file of this name, whole and durable; the caller puts it in place by `keep`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _check_room(self.folder, length)
        path = self.folder / f"{name}.new"
        with _world(), path.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
            sync_file(file)
        return path

    def keep(self, received: Path, target: Path) -> None:
        with _world():
            received.replace(target)
            sync_folder(self.folder)

    def drop_new(self) -> None:
        """Take away what was received and not kept, and the folder if nothing else is in it."""
        for path in self.folder.glob("*.new"):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()

    def write_segment(self, place: Place, chunks: Iterable[bytes]) -> None:
        """Put one sealed segment at its offset, durable; DataError `segment-hash` if it is not the
        journal's.
        """
        _check_room(self.folder, place.length)
        digest, at = hashlib.sha256(), place.offset
        with _world(), _opened(self.media) as descriptor:
            for chunk in chunks:
                if at + len(chunk) > place.offset + place.length:
                    break
                digest.update(chunk)
                at += os.pwrite(descriptor, chunk, at)
            os.fsync(descriptor)
        if at != place.offset + place.length or digest.digest() != place.sha256:
            raise DataError("segment-hash", "The segment is not the one that the journal signed.")

    def checked_media(self) -> Iterator[bytes]:
        """All media in order, each segment compared with the journal once more before it goes on."""
        self.media.touch()  # a recording of no segments has no media yet
        with self.media.open("rb") as file:
            for i, place in enumerate(segment_index.read_all(self.index)):
                data = file.read(place.length)
                if hashlib.sha256(data).digest() != place.sha256:
                    raise DataError(
                        "segment-hash", "The segment is not the one that the journal signed.", i=i
                    )
                yield data

    def journal_chunks(self) -> Iterator[bytes]:
        with self.journal.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def remove(self) -> None:
        """Nothing is left. Called when the recording is stored: whoever waited for the lock finds nothing
        to do.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.with_suffix(".lock").unlink(missing_ok=True)


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
