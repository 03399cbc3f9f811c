"""The database of a mirrored ledger (ADR 0019): making it, standing in it, storing what was read.

Entries, tiles, note and frontier of a stage are one transaction: a crash leaves all of them or none. Only the
follower of this neighbour writes here, one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from zhilu.encoding import parse_time, sha256
from zhilu.protocols.federation import Checked
from zhilu.server.federation.models import Mirror
from zhilu.server.ledger import lock
from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.server.ledger.services import tree
from zhilu.tlog.checkpoint import Verified
from zhilu.tlog.frontier import Frontier

FOLDER = "mirrors"
ROW = 1


def folder() -> Path:
    return Path(settings.ZHILU.home) / FOLDER


@contextmanager
def of(bureau: str) -> Iterator[None]:
    """Everything inside reads and writes the mirror of this bureau's ledger."""
    with lock.standing_in(bureau, folder()):
        yield


def prepare(bureau: str) -> None:
    """Its tables, as this release has them. A second time it changes nothing."""
    lock.make_mirror(bureau, folder())
    with of(bureau):
        call_command("migrate", verbosity=0, interactive=False)
        empty = {"frontier": Frontier().to_json(), "note": b"", "applied": 0}
        Mirror.objects.get_or_create(id=ROW, defaults=empty)


def known() -> tuple[Frontier, bytes, int]:
    """Inside `of`: what is stored, the newest note, how many entries are applied."""
    row = Mirror.objects.get(id=ROW)
    return Frontier.from_json(row.frontier), bytes(row.note), row.applied


def store(start: int, entries: Sequence[Checked], frontier: Frontier, note: bytes, said: Verified) -> None:
    """Inside `of`. `frontier`: after these entries, and checked. The note is kept when all it covers is."""
    whole = frontier.size == said.checkpoint.size
    with transaction.atomic():
        lock.insert_many([entry_of(index, one) for index, one in enumerate(entries, start)])
        tree.grow()
        values: dict[str, object] = {"frontier": frontier.to_json()}
        if whole:
            values["note"] = note
            _keep_note(note, said)
        Mirror.objects.filter(id=ROW).update(**values)


def _keep_note(note: bytes, said: Verified) -> None:
    cosigned = None if said.cosigned_at is None else datetime.fromtimestamp(said.cosigned_at, UTC)
    size = said.checkpoint.size
    values = {"sha256": sha256(note).hex(), "note": note, "cosigned_at": cosigned}
    Checkpoint.objects.get_or_create(size=size, defaults=values)


def entry_of(index: int, one: Checked) -> Entry:
    served, said = one.served, one.said
    return Entry(
        index=index,
        leaf=served.leaf,
        core=served.core.data,
        core_salt=served.core.salt,
        personal=served.personal.data if served.personal else None,
        personal_salt=served.personal.salt if served.personal else None,
        kind=said["kind"],
        at=parse_time(said["at"]),
        actor=said["actor"],
        subject=said["subject"],
    )
