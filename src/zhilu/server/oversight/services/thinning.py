"""Cosignatures of the own checkpoints that nobody asks for any more: a neighbour sends one a minute.

Only a draw that is still to be made asks for an old one (spec/review.md §2); one that was made has it in its
entry. While one waits nothing goes, but no longer than a year: some wait for ever, whose cosigner is none any
more. Of each neighbour the newest stays, and all of the last two months.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max

from zhilu.server.federation.models import Cosigned
from zhilu.server.ledger.clock import now
from zhilu.server.oversight.models import Draw

KEPT, LONGEST = timedelta(days=62), timedelta(days=366)
AT_ONCE = 2_000
"""More than come in within a day: nobody waits for the rest."""


def thin() -> None:
    """The oldest of each neighbour, some at a time."""
    if Draw.objects.filter(kind="random", made_at=None, after__gt=now() - LONGEST).exists():
        return
    for bureau, newest in Cosigned.objects.values_list("bureau").annotate(newest=Max("size")):
        old = Cosigned.objects.filter(bureau=bureau, size__lt=newest, at__lt=now() - KEPT)
        sizes = list(old.order_by("size").values_list("size", flat=True)[:AT_ONCE])
        if sizes:
            old.filter(size__lte=sizes[-1]).delete()
