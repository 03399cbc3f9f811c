"""Reading a ledger that somebody else signs: what a keyholder, a mirror and a monitor have in common.

A reader keeps the complete subtrees of the tree that he knows (`Frontier`). Towards a signed checkpoint he is
given leaves. At the signed size the root over all of them is the one that was signed; at a size before it the
signed tree provably extends them. Else nothing that he was given counts (`entries`).

Nothing is believed of leaves before `Reading.check` has returned. The reader stores leaves and frontier in
one transaction after it. Whether the checkpoint extends what he knew is `tlog.witness`'s to say.
"""

from __future__ import annotations

from collections.abc import Sequence

from zhilu import strictjson
from zhilu.errors import DataError
from zhilu.tlog.checkpoint import Checkpoint
from zhilu.tlog.frontier import Frontier
from zhilu.tlog.merkle import ProofError, leaf_hash, verify_consistency


def check_size(checkpoint: Checkpoint) -> None:
    """A size that no entry can say (strict JSON) is none that anybody's ledger has: `checkpoint`."""
    if checkpoint.size > strictjson.MAX_INT:
        raise DataError("checkpoint", "The size in the checkpoint is no size.")


class Reading:
    """From a known tree towards `checkpoint`. The known frontier is not touched."""

    def __init__(self, known: Frontier, checkpoint: Checkpoint) -> None:
        self.frontier = known.copy()
        self.checkpoint = checkpoint

    @property
    def size(self) -> int:
        return self.frontier.size

    @property
    def is_whole(self) -> bool:
        return self.frontier.size == self.checkpoint.size

    def take(self, leaf: bytes) -> int:
        """The next leaf; returns its index."""
        index = self.frontier.size
        if index >= self.checkpoint.size:
            raise DataError("entries", "There are more entries than the ledger signed.")
        self.frontier.append(leaf_hash(leaf))
        return index

    def check(self, path: Sequence[bytes] = ()) -> None:
        """Return when what was taken is what was signed. `path`: that the signed tree extends this size;
        empty when all was taken.
        """
        signed = self.checkpoint
        try:
            verify_consistency(self.size, self.frontier.root(), signed.size, signed.root, path)
        except ProofError:
            raise DataError(
                "entries", "The entries do not make up the tree that the ledger signed.", size=self.size
            ) from None
