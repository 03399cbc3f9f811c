"""The cosignatures that this server gives a neighbour (spec/review.md §2): each kept before it leaves, one
for each size, and none given before the one before it was acknowledged. So a neighbour that lets one be lost
because it does not please is given the same again, and which was the first, both know.

One that the neighbour cannot take, because it has no such checkpoint any more, or because it is of a key that
was replaced since, is kept as refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhilu.server.federation.models import Given
from zhilu.server.ledger.clock import now
from zhilu.tlog.cosign import timestamp
from zhilu.tlog.note import parse_signature

REFUSED = "refusal-checkpoint-unknown"
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class Giver:
    """To one neighbour; one at a time."""

    bureau: str

    def next(self, size: int, line: bytes, acknowledged: int) -> tuple[int, bytes]:
        """Size and line that are to be given now: `line`, which is durable then, or one that waits."""
        said = parse_signature(line.decode())
        mine = Given.objects.filter(bureau=self.bureau, size__gt=acknowledged, refused=False)
        for waits in mine.order_by("size")[:MOST_AT_ONCE]:
            if parse_signature(waits.line).key == said.key:
                break
            self.refused(waits.size)
        else:
            values = {"line": line.decode(), "time": timestamp(said.data), "at": now()}
            waits, _ = Given.objects.get_or_create(bureau=self.bureau, size=size, defaults=values)
        return waits.size, waits.line.encode()

    def acknowledged(self, size: int) -> None:
        """All up to this size."""
        mine = Given.objects.filter(bureau=self.bureau, size__lte=size, acknowledged_at=None)
        mine.update(acknowledged_at=now())

    def refused(self, size: int) -> None:
        Given.objects.filter(bureau=self.bureau, size=size).update(refused=True)
