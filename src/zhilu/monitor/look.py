"""One look at a ledger: what it publishes now against what was seen last (spec/monitor.md §2).

1. The note is a checkpoint of the pinned ledger, signed by its key, cosigned as demanded: else it is refused
   with the code of what lacks, and proves nothing.
2. Of the size that was seen: the same root, else `fork`.
3. Smaller: an older note of the same ledger says nothing (`older`), where the tree that was seen provably
   extends it; else `consistency`.
4. Larger: first the proof, from the tiles, that the signed tree extends the one that was seen: else
   `consistency`. It takes a few tiles, whatever size was signed. From then on this note is what was seen.
5. Then each leaf's hash since from the level-0 tiles, in stages; each stage, and the end, provably lies in
   the signed tree, else the tiles are wrong (`tile`). A look that was broken off goes on from the newest one.

`fork` is a proof: two signed notes. `consistency` is one where the ledger's own server served the tiles;
somebody on the way can serve tiles that bind nothing, and can sign no note. So what was served is kept too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from zhilu.errors import DataError
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog import merkle
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.following import check_size
from zhilu.tlog.frontier import Frontier
from zhilu.tlog.merkle import ProofError
from zhilu.tlog.note import Note
from zhilu.tlog.proof import LedgerKeys
from zhilu.tlog.tiles import TileError, TileReader

CONTRADICTIONS = ("fork", "consistency")
Fetch = Callable[[str], bytes]
"""Of a path, LookupError where there is nothing."""
Save = Callable[["Seen"], None]
STAGE = 2**16
"""Leaves."""


@dataclass(frozen=True)
class Seen:
    """The newest note whose tree extends all that was seen before, and the complete subtrees of as much of it
    as was read.
    """

    note: bytes
    frontier: Frontier

    @property
    def signed(self) -> Checkpoint:
        return checkpoints.parse(Note.parse(self.note).text)


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


def look(keys: LedgerKeys, note: bytes, fetch: Fetch, seen: Seen | None, save: Save) -> Verdict:
    """DataError: the note is none of this ledger, or `tile`: its tiles are none. `save` is given what is
    proved by then, so that whoever makes a look long or breaks it off hides nothing.
    """
    signed = keys.open(note).checkpoint
    check_size(signed)
    tiles = TileReader(fetch, max(signed.size, seen.signed.size if seen else 0))
    if seen is None:
        return Verdict("first", signed, _read(Seen(note, Frontier()), signed, tiles, save))
    known = seen.signed
    if signed.size == known.size and signed.root != known.root:
        return Verdict("fork", signed, seen)
    older, newer = (signed, known) if signed.size < known.size else (known, signed)
    proof = _path(older.size, newer.size, tiles)
    try:
        merkle.verify_consistency(older.size, older.root, newer.size, newer.root, proof)
    except ProofError:
        return Verdict("consistency", signed, seen, proof)
    if signed.size < known.size:
        return Verdict("older", signed, seen)
    is_read = seen.frontier.size == signed.size
    if not is_read:
        seen = Seen(note, seen.frontier)
        save(seen)
    return Verdict("same" if is_read else "grown", signed, _read(seen, signed, tiles, save))


def _read(seen: Seen, signed: Checkpoint, tiles: TileReader, save: Save) -> Seen:
    """Leaf by leaf to the signed size."""
    frontier = seen.frontier.copy()
    while True:
        try:
            for index in range(frontier.size, min(frontier.size + STAGE, signed.size)):
                frontier.append(tiles.read(0, index))
        except LookupError as error:
            raise _no_tile(error) from None
        proof = _path(frontier.size, signed.size, tiles)
        try:
            merkle.verify_consistency(frontier.size, frontier.root(), signed.size, signed.root, proof)
        except ProofError:
            raise TileError(
                "tile", "The tiles of the leaves do not make up the tree that was signed."
            ) from None
        seen = Seen(seen.note, frontier.copy())
        if frontier.size == signed.size:
            return seen
        save(seen)


def _path(old: int, new: int, tiles: TileReader) -> list[bytes]:
    """As the tiles say; they are believed in nothing."""
    try:
        return merkle.consistency_path(old, new, tiles)
    except (LookupError, DataError) as error:
        raise _no_tile(error) from None


def _no_tile(error: Exception) -> TileError:
    return TileError("tile", "The ledger does not serve its tiles: {path}", path=str(error))
