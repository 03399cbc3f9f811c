"""Whether the county shows the own server the ledger that is read here (spec/viewing.md §8). Pure: no I/O, no
clock.

The own server mirrors the county's ledger, and the county shows both what it likes. So the root of a size
that was read here is asked of the mirror until it is the same there, then that of the newest size, and so on:
always of one size, and a later one never stands for it.

- Another root: two trees. Only the same root at that very size ends it.
- None, ten minutes after a size that is not known to be the same was seen here: the mirror is away, or kept
  from it. Until it has come so far, there may be two trees.
- Nothing is kept: after a restart none is the same until the first was found to be, at the size of then.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhilu.tlog.frontier import Frontier

PATIENCE_S = 600.0


@dataclass(frozen=True)
class Asked:
    """`since`: when a size that nobody had compared was seen first; this one or, a little, a smaller one."""

    size: int
    root: bytes
    since: float


@dataclass
class Mirror:
    """`agreed`: the greatest size at which both had one root. `later`: when a greater size than the one asked
    about was seen first. Times are seconds by the monotonic clock."""

    agreed: int = 0
    asked: Asked | None = None
    later: float | None = None
    differs: bool = False

    def see(self, frontier: Frontier, now: float) -> None:
        """What is read here by now."""
        if frontier.size <= (self.asked.size if self.asked else self.agreed):
            return
        self.later = now if self.later is None else self.later
        if self.asked is None:
            self.asked, self.later = Asked(frontier.size, frontier.root(), self.later), None

    def told(self, asked: Asked, root: bytes | None) -> None:
        """What the mirror has at the size asked about; None: not there yet."""
        if root is None or asked is not self.asked:
            return
        self.differs = root != asked.root
        if not self.differs:
            self.agreed, self.asked = asked.size, None

    def trouble(self, now: float) -> str:
        if self.differs:
            return "mirror-differs"
        late = self.asked is not None and now - self.asked.since > PATIENCE_S
        return "mirror-behind" if late or not self.agreed else ""
