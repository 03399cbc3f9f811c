"""What a media store promises.

Durability: when `put` returns, the object survives loss of power of this machine: bytes, name and folder
are on the disk, in as many copies as `copies` says. Before that nothing of it is visible under its key: not
half, not empty. `adopt` promises the same.

Immutability: an object is never changed. A second `put` under the key succeeds only if it brings the very
same bytes; other bytes are refused (`store-exists`) and the first object stays. There is no way here to
delete one.

Concurrency: any number of threads and processes may call at once. Two `put`s of one key at a time end as
one after the other would.

Integrity: `put` compares what it wrote with the length and SHA-256 that the caller names
(`store-mismatch`). `adopt` reads nothing: its caller has compared the file. What `open` reads is what the
disk gives: whoever relies on it compares it with the journal, which is signed.

Keys are `a-z 0-9 . _ -` with `/` between, no part begins with a dot.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from zhilu.errors import CallerError, DataError, WorldError

_KEY = re.compile(r"[a-z0-9_-][a-z0-9._-]*(/[a-z0-9_-][a-z0-9._-]*)*", re.ASCII)
CHUNK = 1 << 20
READ_ONLY = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH


@dataclass(frozen=True)
class Content:
    """What an object is: length in bytes, SHA-256 (32 bytes)."""

    length: int
    sha256: bytes


class Store(Protocol):
    """A media store. `copies`: how many durable copies each `put` or `adopt` makes."""

    @property
    def copies(self) -> int: ...

    def put(self, key: str, chunks: Iterable[bytes], content: Content | None = None) -> Content:
        """Store an object; returns when it is durable. An exception from `chunks` leaves nothing behind.

        Raises DataError `store-mismatch`, `store-exists`; WorldError `store-failed` (disk full, disk gone).
        """

    def adopt(self, key: str, path: Path) -> None:
        """As `put`, of a whole file that the caller has compared and nobody writes to again: it becomes
        read-only, and the object may be this very file under a second name. The caller may remove its own
        name, and who wants other bytes there makes another file. Done again with the same file it is fine.
        Where the store cannot take the file itself it copies it.

        Raises DataError `store-exists`; WorldError `store-failed`, also where the file is not there.
        """

    def open(self, key: str) -> BinaryIO:
        """The object's bytes, seekable; the caller closes it. DataError `store-missing`."""

    def length(self, key: str) -> int | None:
        """Bytes of the object, None when there is none."""


def chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def check_key(key: str) -> str:
    if not _KEY.fullmatch(key) or len(key) > 500:
        raise CallerError("store-key", "This cannot be the key of a stored object.")
    return key


def mismatch(key: str) -> DataError:
    return DataError("store-mismatch", "The object {key} is not what was announced.", key=key)


def exists(key: str) -> DataError:
    return DataError("store-exists", "Other bytes are stored under {key} already.", key=key)


def missing(key: str) -> DataError:
    return DataError("store-missing", "Nothing is stored under {key}.", key=key)


def failed(error: OSError) -> WorldError:
    return WorldError("store-failed", "The media store cannot write: {reason}", reason=error.strerror)
