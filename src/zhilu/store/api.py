"""What a media store promises.

Durability: when `put` returns, the object survives loss of power of this machine: bytes, name and folder
are on the disk, in as many copies as `copies` says. Before that nothing of it is visible under its key: not
half, not empty.

Immutability: an object is never changed. A second `put` under the key succeeds only if it brings the very
same bytes; other bytes are refused (`store-exists`) and the first object stays. There is no way here to
delete one.

Concurrency: any number of threads and processes may call at once. Two `put`s of one key at a time end as
one after the other would.

Integrity: `put` compares what it wrote with the length and SHA-256 that the caller names
(`store-mismatch`). What `open` reads is what the disk gives: whoever relies on it compares it with the
journal, which is signed.

Keys are `a-z 0-9 . _ -` with `/` between, no part begins with a dot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from zhilu.errors import CallerError, DataError

_KEY = re.compile(r"[a-z0-9_-][a-z0-9._-]*(/[a-z0-9_-][a-z0-9._-]*)*", re.ASCII)
CHUNK = 1 << 20


@dataclass(frozen=True)
class Content:
    """What an object is: length in bytes, SHA-256 (32 bytes)."""

    length: int
    sha256: bytes


class Store(Protocol):
    """A media store. `copies`: how many durable copies each `put` makes."""

    @property
    def copies(self) -> int: ...

    def put(self, key: str, chunks: Iterable[bytes], content: Content | None = None) -> Content:
        """Store an object; returns when it is durable. An exception from `chunks` leaves nothing behind.

        Raises DataError `store-mismatch`, `store-exists`; WorldError `store-failed` (disk full, disk gone).
        """

    def open(self, key: str) -> BinaryIO:
        """The object's bytes, seekable; the caller closes it. DataError `store-missing`."""

    def length(self, key: str) -> int | None:
        """Bytes of the object, None when there is none."""


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
