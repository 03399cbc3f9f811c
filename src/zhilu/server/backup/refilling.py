"""Steps 2 and 3 of `remaking`. Django is set up when this is imported."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from zhilu.errors import DataError
from zhilu.server.federation.services import carrying
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models import Checkpoint, SignedCheckpoint
from zhilu.server.ledger.services import publish, terms
from zhilu.server.ledger.services.rebuild import rebuild
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.note import Note
from zhilu.tlog.proof import LedgerKeys


def refill(path: Path) -> int:
    """How many entries there are."""
    own = LedgerKeys(publish.load_signer(settings.ZHILU).verifier, (), 0)
    with path.open("rb") as file:
        if (bureau := carrying.bureau_of(file)) != settings.ZHILU.bureau:
            raise DataError("mirror-other", "This is the ledger of {bureau}.", bureau=bureau)
        carrying.fill(file, bureau, own)
    count = rebuild()
    demanded = terms.current()  # by the ledger that was read
    with transaction.atomic():
        _say_when(replace(own, cosigners=demanded.cosigners), demanded.quorum)
    return count


def _say_when(keys: LedgerKeys, quorum: int) -> None:
    """Of each note when it was cosigned; what this key has put its name to; and whether the newest counts."""
    newest = Checkpoint.objects.order_by("size").last()
    assert newest is not None
    replace(keys, quorum=quorum).open(bytes(newest.note))
    for row in Checkpoint.objects.order_by("size"):
        at = keys.open(bytes(row.note)).cosigned_at
        Checkpoint.objects.filter(size=row.size).update(cosigned_at=at and datetime.fromtimestamp(at, UTC))
        root = checkpoints.parse(Note.parse(bytes(row.note)).text).root
        SignedCheckpoint.objects.create(size=row.size, root=root, at=now())
