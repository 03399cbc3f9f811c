"""What a restored database is worth: steps 3 to 8 of `taking`. Django is set up when this is imported."""

from __future__ import annotations

import sys
from pathlib import Path

from zhilu.errors import DataError, WorldError
from zhilu.i18n import _
from zhilu.server.backup import comparing, manifest, media, settled
from zhilu.server.backup.comparing import Compared
from zhilu.server.backup.manifest import Manifest
from zhilu.server.commands.rebuild import forget_sums
from zhilu.server.federation.services import applying, carrying, mirror, neighbours
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.ledger.services import audit, commit
from zhilu.server.ledger.services.reader import Finding
from zhilu.server.organisation.models import Session


def check_ledger(made: Manifest) -> list[Finding]:
    """What the audit finds of the access log alone, which no entry rests on: reported, not refused."""
    newest = Checkpoint.objects.order_by("-size").first()
    said = (newest.size, newest.sha256) if newest else (0, "")
    if commit.size() != made.entries or said != (made.checkpoint_size, made.checkpoint):
        raise DataError("restore-audit", "The backup's database is not the one that its manifest names.")
    _count, findings = audit.audit(_say_entries)
    for one in findings:
        if not one.is_of_log:
            raise DataError(
                "restore-audit",
                "The backup's tables do not follow from its ledger: {place}: {what}",
                place=one.place,
                what=one.code,
            )
    return findings


def media_of(source: Path, draft: Path, made: Manifest, verify: bool) -> media.Carried | None:
    folder = source.resolve().parent / media.FOLDER
    if not folder.is_dir():
        return None
    return media.carry(folder, draft / "store", made.entries, verify, media.say)


def compared(draft: Path, of: bytes) -> Compared | WorldError:
    try:
        return comparing.compare()
    except WorldError as error:
        settled.mark(draft, of)
        return error


def mirrors_of(source: Path, made: Manifest) -> None:
    """The neighbours' ledgers, stored and applied again as they were; one that the backup lacks is made
    empty, and read anew. What is summed up of them is no evidence and forbids no restore: it is forgotten,
    and comes again by itself.
    """
    forget_sums()
    names = {found[1]: name for name in made.files if (found := manifest.MIRROR.fullmatch(name))}
    for joined in neighbours.mirrored():
        mirror.prepare(joined.bureau)
        if name := names.pop(joined.bureau, None):
            with (source / name).open("rb") as file:
                if carrying.bureau_of(file) != joined.bureau:
                    raise _strange(name)
                carrying.fill_mirror(file, joined.bureau, neighbours.as_neighbour(joined).keys)
            applying.apply_stored(joined.bureau)
    for name in names.values():
        raise _strange(name)


def _strange(name: str) -> DataError:
    return DataError("backup-differs", "The backup's file {name} is not as it was written.", name=name)


def sign_out() -> None:
    Session.objects.all().delete()


def _say_entries(done: int) -> None:
    print(_("{count} entries replayed …").format(count=done), file=sys.stderr, flush=True)
