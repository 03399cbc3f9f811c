"""The tree of RFC 6962 over SHA-256: roots, paths and their verification (spec/ledger.md §2).

- A leaf hashes to SHA-256(0x00 ‖ leaf), a node to SHA-256(0x01 ‖ left ‖ right): so a node can never pass
  for a leaf.
- A path is right only at its exact length; one hash more or less is refused, also where it would not
  have been looked at.
- Of an empty old tree nothing can be proved: the path is empty and the old root is EMPTY_ROOT. Of equal
  sizes the path is empty and the roots are equal.

Who reads hashes through a `HashReader` may get wrong ones; the path that comes of them then fails to
verify. Nothing here trusts a reader, and nothing here knows where hashes are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

from zhilu.errors import CallerError, DataError

HASH_SIZE = 32
MAX_SIZE = 2**63 - 1
EMPTY_ROOT = sha256(b"").digest()


class ProofError(DataError):
    """A path that does not prove what it should: code `inclusion` or `consistency`."""


class HashReader(Protocol):
    """Where the hashes of a tree are."""

    def read(self, level: int, index: int) -> bytes:
        """The hash over leaves [index·2^level, (index+1)·2^level), all of which are in the tree."""


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root(size: int, reader: HashReader) -> bytes:
    """The root over the first `size` leaves."""
    _check_size(size)
    return _range_root(0, size, reader) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, reader: HashReader) -> list[bytes]:
    """The hashes from the leaf's sibling up to the root's child (RFC 6962 §2.1.1)."""
    _check_size(size)
    if not 0 <= index < size:
        raise CallerError(
            "tree-range", "There is no leaf {index} in a tree of {size}.", index=index, size=size
        )
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range_root(middle, high, reader))
            high = middle
        else:
            path.append(_range_root(low, middle, reader))
            low = middle
    path.reverse()
    return path


def consistency_path(old: int, new: int, reader: HashReader) -> list[bytes]:
    """The proof that the first `old` leaves of a tree of `new` are what they were (RFC 6962 §2.1.2)."""
    _check_size(new)
    if not 0 <= old <= new:
        raise CallerError("tree-range", "A tree of {new} does not extend one of {old}.", new=new, old=old)
    if old in (0, new):
        return []
    path: list[bytes] = []
    low, high = 0, new
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range_root(middle, high, reader))
            high = middle
        else:
            path.append(_range_root(low, middle, reader))
            low = middle
    if low > 0:  # else the verifier has this hash already: it is the old root
        path.append(_range_root(low, high, reader))
    path.reverse()
    return path


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Return when the leaf with hash `leaf` is number `index` under `root`, else raise ProofError."""
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError("inclusion", "A tree of this size has no such entry.")
    _check_hashes("inclusion", [leaf, root, *path])
    inner = (index ^ (size - 1)).bit_length()
    if len(path) != inner + (index >> inner).bit_count():
        raise ProofError("inclusion", "The path of the proof has the wrong length.")
    result = _climb(leaf, index, path[:inner])
    for left in path[inner:]:
        result = node_hash(left, result)
    if result != root:
        raise ProofError("inclusion", "The path of the proof does not lead to the root.")


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Return when the tree (new, new_root) extends the tree (old, old_root), else raise ProofError."""
    if not 0 <= old <= new <= MAX_SIZE:
        raise ProofError("consistency", "The new tree is smaller than the old one.")
    _check_hashes("consistency", [old_root, new_root, *path])
    if old in (0, new):
        _verify_trivial(old, old_root, new, new_root, path)
        return
    # The largest complete subtree that ends where the old tree ends is where the path begins.
    # When it is the whole old tree, its hash is the old root and is not sent.
    shift = (old & -old).bit_length() - 1
    start, rest = (old_root, path) if old == 1 << shift else (path[0] if path else b"", path[1:])
    index = (old - 1) >> shift
    inner = ((old - 1) ^ (new - 1)).bit_length() - shift
    if len(rest) != inner + (index >> inner).bit_count():
        raise ProofError("consistency", "The path of the proof has the wrong length.")
    old_result = new_result = start
    for level, sibling in enumerate(rest):
        if level >= inner or index >> level & 1:
            old_result = node_hash(sibling, old_result)
            new_result = node_hash(sibling, new_result)
        else:
            new_result = node_hash(new_result, sibling)
    if old_result != old_root:
        raise ProofError("consistency", "The path of the proof does not lead to the old root.")
    if new_result != new_root:
        raise ProofError("consistency", "The path of the proof does not lead to the new root.")


def _verify_trivial(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> None:
    if path:
        raise ProofError("consistency", "The path of the proof has the wrong length.")
    for size, value in ((old, old_root), (new, new_root)):
        if size == 0 and value != EMPTY_ROOT:
            raise ProofError("consistency", "An empty tree has another root.")
    if old == new and old_root != new_root:
        raise ProofError("consistency", "There are two roots of one size: the history was rewritten.")


def _climb(result: bytes, index: int, path: Sequence[bytes]) -> bytes:
    for sibling in path:
        result = node_hash(sibling, result) if index & 1 else node_hash(result, sibling)
        index >>= 1
    return result


def _range_root(low: int, high: int, reader: HashReader) -> bytes:
    """The root over leaves [low, high), not empty, where low is a multiple of the least 2^n ≥ high - low."""
    peaks: list[bytes] = []
    while low < high:
        level = (high - low).bit_length() - 1
        peaks.append(reader.read(level, low >> level))
        low += 1 << level
    return fold(peaks)


def fold(peaks: Sequence[bytes]) -> bytes:
    """One root over complete subtrees that stand side by side, largest first."""
    result = peaks[-1]
    for left in reversed(peaks[:-1]):
        result = node_hash(left, result)
    return result


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _check_size(size: int) -> None:
    if not 0 <= size <= MAX_SIZE:
        raise CallerError("tree-range", "A tree cannot have the size {size}.", size=size)


def _check_hashes(code: str, hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_SIZE for value in hashes):
        raise ProofError(code, "A hash has 32 bytes.")
