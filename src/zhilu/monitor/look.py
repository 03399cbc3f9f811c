"""One look at a ledger: what it publishes now against what was seen last (spec/monitor.md §2).

1. The note is a checkpoint of the pinned ledger, signed by its key, cosigned as demanded: else it is refused
   with the code of what lacks, and proves nothing.
2. Of the size that was seen: the same root, else `fork`.
3. Smaller: an older note of the same ledger says nothing (`older`), where the tree that was seen provably
   extends it; else `consistency`.
4. Larger: each leaf's hash from the level-0 tiles, and the root over all of them is the signed one. Where it
   is not, the tiles are asked for a proof that the signed tree extends the one that was seen: with it the
   leaves' tiles are wrong (`tile`); without it `consistency`.

`fork` is a proof: two signed notes. `consistency` is one where the ledger's own server served the tiles;
somebody on the way can serve tiles that bind nothing, and can sign no note. So what was served is kept too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from zhilu.errors import DataError
from zhilu.tlog import merkle
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.following import check_size
from zhilu.tlog.frontier import Frontier
from zhilu.tlog.merkle import ProofError
from zhilu.tlog.proof import LedgerKeys
from zhilu.tlog.tiles import TileError, TileReader

CONTRADICTIONS = ("fork", "consistency")
Fetch = Callable[[str], bytes]
"""Of a path, LookupError where there is nothing."""


@dataclass(frozen=True)
class Seen:
    """The newest note that was verified, and the complete subtrees of its tree."""

    note: bytes
    frontier: Frontier


@dataclass(frozen=True)
class Verdict:
    """`code`: `first`, `same`, `grown`, `older`, or what is wrong. `seen`: what to go on from. `proof`: the
    hashes that were served for the step that failed.
    """

    code: str
    signed: Checkpoint
    seen: Seen
    proof: list[bytes] = field(default_factory=list)

    @property
    def contradicts(self) -> bool:
        return self.code in CONTRADICTIONS


def look(keys: LedgerKeys, note: bytes, fetch: Fetch, seen: Seen | None) -> Verdict:
    """DataError: the note is none of this ledger, or `tile`: its tiles are none."""
    signed = keys.open(note).checkpoint
    check_size(signed)
    known = seen or Seen(b"", Frontier())
    if seen and signed.size <= known.frontier.size:
        return _not_larger(signed, known, fetch)
    frontier = known.frontier.copy()
    tiles = TileReader(fetch, signed.size)
    try:
        for index in range(frontier.size, signed.size):
            frontier.append(tiles.read(0, index))
    except LookupError as error:
        raise _no_tile(error) from None
    if frontier.root() == signed.root:
        return Verdict("grown" if seen else "first", signed, Seen(note, frontier))
    proof = _path(known.frontier.size, signed.size, fetch)
    try:
        merkle.verify_consistency(known.frontier.size, known.frontier.root(), signed.size, signed.root, proof)
    except ProofError:
        return Verdict("consistency", signed, known, proof)
    raise TileError("tile", "The tiles of the leaves do not make up the tree that was signed.")


def _not_larger(signed: Checkpoint, known: Seen, fetch: Fetch) -> Verdict:
    size, root = known.frontier.size, known.frontier.root()
    if signed.size == size:
        return Verdict("same" if signed.root == root else "fork", signed, known)
    proof = _path(signed.size, size, fetch)
    try:
        merkle.verify_consistency(signed.size, signed.root, size, root, proof)
    except ProofError:
        return Verdict("consistency", signed, known, proof)
    return Verdict("older", signed, known)


def _path(old: int, new: int, fetch: Fetch) -> list[bytes]:
    """As the tiles say; they are believed in nothing."""
    try:
        return merkle.consistency_path(old, new, TileReader(fetch, new))
    except (LookupError, DataError) as error:
        raise _no_tile(error) from None


def _no_tile(error: Exception) -> TileError:
    return TileError("tile", "The ledger does not serve its tiles: {path}", path=str(error))
