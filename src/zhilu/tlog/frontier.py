"""Trees that grow: `Frontier` keeps O(log n) hashes and knows the root, `MemoryHashes` keeps all of them."""

from __future__ import annotations

from typing import Any

from zhilu import strictjson
from zhilu.encoding import hex32
from zhilu.errors import CallerError
from zhilu.strictjson import MAX_INT, FieldError
from zhilu.tlog.merkle import EMPTY_ROOT, HASH_SIZE, fold, node_hash


class Frontier:
    """The complete subtrees of a tree, largest first: what a reader who tails a ledger has to keep.

    Mutable; `copy` before an append that may have to be taken back.
    """

    def __init__(self) -> None:
        self._size = 0
        self._peaks: list[bytes] = []

    @property
    def size(self) -> int:
        return self._size

    def append(self, leaf_hash: bytes) -> None:
        _check_hash(leaf_hash)
        size = self._size
        while size & 1:
            leaf_hash = node_hash(self._peaks.pop(), leaf_hash)
            size >>= 1
        self._peaks.append(leaf_hash)
        self._size += 1

    def root(self) -> bytes:
        return fold(self._peaks) if self._peaks else EMPTY_ROOT

    def copy(self) -> Frontier:
        other = Frontier()
        other._size, other._peaks = self._size, self._peaks.copy()
        return other

    def to_json(self) -> dict[str, Any]:
        return {"size": self._size, "peaks": [peak.hex() for peak in self._peaks]}

    @classmethod
    def from_json(cls, value: object) -> Frontier:
        """Inverse of `to_json`. Says nothing about truth: compare `root()` with a checkpoint."""
        got = strictjson.fields(value, {"size": int, "peaks": list})
        size, peaks = got["size"], got["peaks"]
        if not 0 <= size <= MAX_INT:
            raise FieldError("size")
        if len(peaks) != size.bit_count() or not all(isinstance(peak, str) for peak in peaks):
            raise FieldError("peaks")
        frontier = cls()
        frontier._size, frontier._peaks = size, [hex32(peak) for peak in peaks]
        return frontier


class MemoryHashes:
    """A HashReader that keeps every complete subtree's hash: 64 bytes a leaf. For tests and small trees."""

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = [[]]

    @property
    def size(self) -> int:
        return len(self._levels[0])

    def append(self, leaf_hash: bytes) -> None:
        _check_hash(leaf_hash)
        level = 0
        self._levels[0].append(leaf_hash)
        while len(self._levels[level]) % 2 == 0:
            left, right = self._levels[level][-2:]
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(node_hash(left, right))

    def read(self, level: int, index: int) -> bytes:
        return self._levels[level][index]


def _check_hash(value: bytes) -> None:
    if len(value) != HASH_SIZE:
        raise CallerError("hash-length", "A leaf hash has 32 bytes.")
