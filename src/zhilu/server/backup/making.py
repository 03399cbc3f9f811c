"""A backup while the server runs.

1. The folder is locked: one backup at a time. What crashed ones left (names with a dot) goes.
2. In one snapshot of the database: number of entries, newest checkpoint, the database itself.
3. The home's files: configuration and keys. They change by hand only. And the neighbours' ledgers as they are
   mirrored here, each up to a note of its own: what comes meanwhile may be in it.
4. Recordings, where asked for, up to the snapshot's last entry. An object is in the store before its entry
   is in the ledger, so the store has what the snapshot names.
5. The manifest; then the backup gets its name. A crash before: no backup, but what came in 4 stays and
   counts next time.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db.utils import DatabaseError

import zhilu
from zhilu import locks
from zhilu.durable import create, new_file, new_folder
from zhilu.encoding import format_time
from zhilu.errors import CallerError, DataError, WorldError
from zhilu.i18n import _
from zhilu.server.backup import manifest, media, noted
from zhilu.server.backup.manifest import Manifest
from zhilu.server.config import Config
from zhilu.server.federation.services import carrying, neighbours
from zhilu.server.ledger import dump, lock
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models import Checkpoint, Entry

MODE = 0o700


def make(
    config: Config, to: Path, with_media: bool, verify: bool
) -> tuple[Path, Manifest, media.Carried | None]:
    """The new backup's folder, its manifest, and what became of the recordings."""
    if with_media and config.store_kind != "posix":
        raise CallerError("backup-store", "This media store cannot be backed up.")
    with _only_one(to):
        target = _name(to)
        with new_folder(target) as draft:
            made = _fill(config, draft)
            carried = None
            if with_media:
                carried = media.carry(config.store_folder, to / media.FOLDER, made.entries, verify, media.say)
            create(draft / manifest.NAME, made.to_bytes())
        noted.note(config.home, made.made_at)
    return target, made, carried


def forget(to: Path, keep: int) -> list[str]:
    """Removes the oldest backups beyond the newest `keep`; recordings stay. Returns their names."""
    with _only_one(to):
        whole = sorted(path for path in to.iterdir() if (path / manifest.NAME).is_file())
        gone = whole[:-keep]
        for path in gone:
            hidden = path.with_name(f".{path.name}.old")
            path.rename(hidden)  # not half a backup under its name
            shutil.rmtree(hidden)
    return [path.name for path in gone]


def _fill(config: Config, draft: Path) -> Manifest:
    with lock.snapshot() as alias:
        engine = dump.engine(alias)
        newest = Checkpoint.objects.using(alias).order_by("-size").first()
        last = Entry.objects.using(alias).order_by("-index").values_list("index", flat=True).first()
        dump.dump(alias, draft / dump.FILES[engine], _say_pages)
    for name in (*manifest.NEEDED, *manifest.OPTIONAL):
        if name in manifest.NEEDED or (config.home / name).exists():
            create(draft / name, (config.home / name).read_bytes())
    _mirrors(draft)
    return Manifest(
        release=zhilu.__version__,
        made_at=format_time(now()),
        origin=config.origin,
        engine=engine,
        entries=0 if last is None else last + 1,
        checkpoint_size=newest.size if newest else 0,
        checkpoint=newest.sha256 if newest else "",
        files=manifest.describe(draft),
    )


def _mirrors(draft: Path) -> None:
    """Whose cosignatures say that every entry of theirs is durably here."""
    for one in neighbours.mirrored():
        path = draft / f"mirror-{one.bureau}"
        try:
            with new_file(path) as file:
                carrying.write(one.bureau, file)
        except (DatabaseError, DataError):
            path.unlink(missing_ok=True)  # nothing of it was ever stored


def _name(to: Path) -> Path:
    """By the second; one made within the same second gets the next."""
    at = now()
    while (path := to / f"{at:%Y%m%dT%H%M%SZ}").exists():
        at += timedelta(seconds=1)
    return path


@contextmanager
def _only_one(to: Path) -> Iterator[None]:
    try:
        to.mkdir(mode=MODE, parents=True, exist_ok=True)
        file = (to / ".lock").open("w")
    except OSError as error:
        raise WorldError(
            "write", "{path} cannot be written: {detail}", path=to, detail=error.strerror
        ) from None
    with file:
        if not locks.take(file):
            raise CallerError("backup-running", "Another backup into {folder} is running.", folder=to)
        _sweep(to)
        yield


def _sweep(to: Path) -> None:
    for path in to.glob(".*Z.*"):
        shutil.rmtree(path, ignore_errors=True)
    if (to / media.FOLDER).is_dir():
        media.opened(to / media.FOLDER).sweep()


def _say_pages(done: int, of: int) -> None:
    print(_("database: {done} of {of} pages …").format(done=done, of=of), file=sys.stderr, flush=True)
