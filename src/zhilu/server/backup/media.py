"""Sealed recordings between a county's store and the store beside its backups.

Both are stores (zhilu/store): objects are added, whole and durable, and never changed. On one file system an
object is the same file under a second name, on another a copy. So a second backup carries only what is new,
and a crash costs one object's copying.

What is compared with `is_whole`: the journal's chain and signatures to the last line that the ledger names,
and every segment with the journal. Without it lengths are compared, as `zhilu server check-store` does.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zhilu.errors import DataError, ZhiluError
from zhilu.i18n import _
from zhilu.sealed.journal import Segment
from zhilu.sealed.lines import MAX_LINE
from zhilu.server.evidence.models import Recording
from zhilu.server.evidence.services import wanted
from zhilu.server.evidence.services.media import reader_of
from zhilu.server.evidence.services.media_store import journal_key, media_key
from zhilu.store.posix import PosixStore

AT_ONCE = 500
FOLDER = "media"
Progress = Callable[[int, int], None]


@dataclass
class Carried:
    """How many recordings were looked at, came anew, lack, and are not what the ledger names."""

    seen: int = 0
    new: int = 0
    missing: int = 0
    damaged: int = 0


def opened(folder: Path) -> PosixStore:
    """The store of a folder, made where there is none."""
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        PosixStore.create(folder)
    return PosixStore(folder)


def carry(
    source: Path, target: Path, entries: int, verify: bool, progress: Progress = lambda seen, new: None
) -> Carried:
    """Every recording of the first `entries` entries from one store to the other."""
    done, from_, to = Carried(), PosixStore(source), opened(target)
    for row in _recordings(entries):
        done.seen += 1
        done.new += _carry_one(row, from_, source, to, verify, done)
        if done.seen % 200 == 0:
            progress(done.seen, done.new)
    return done


def _carry_one(
    row: Recording, from_: PosixStore, source: Path, to: PosixStore, verify: bool, done: Carried
) -> bool:
    """Whether it came anew. The journal comes last: with it the recording is whole."""
    keys = media_key(row.id), journal_key(row.id)
    if all(to.length(key) is not None for key in keys):
        done.damaged += not _fits(row, to, verify)
        return False
    if any(from_.length(key) is None for key in keys):
        done.missing += 1
        return False
    if not _fits(row, from_, verify):
        done.damaged += 1
        return False
    for key in keys:
        to.adopt(key, source / key)
    return True


def _fits(row: Recording, store: PosixStore, verify: bool) -> bool:
    if store.length(media_key(row.id)) != row.length:
        return False
    return is_whole(row, store) if verify else True


def is_whole(row: Recording, store: PosixStore) -> bool:
    """Journal and media are those that the ledger names, read from beginning to end."""
    try:
        reader = reader_of(row)
        with store.open(journal_key(row.id)) as lines, store.open(media_key(row.id)) as media:
            for record in map(reader.feed, iter(lambda: lines.readline(MAX_LINE + 1), b"")):
                if isinstance(record, Segment):
                    data = media.read(record.length)
                    if hashlib.sha256(data).digest() != record.sha256:
                        return False
            is_end = media.read(1) == b""
        wanted.check_logged(row, reader)
    except (ZhiluError, OSError):
        return False
    return is_end


def _recordings(entries: int) -> Iterator[Recording]:
    """In the order of the ledger, by batches: nobody is kept from writing."""
    after = -1
    while rows := list(
        Recording.objects.filter(entry__gt=after, entry__lt=entries).order_by("entry")[:AT_ONCE]
    ):
        yield from rows
        after = rows[-1].entry


def say(seen: int, new: int) -> None:
    print(
        _("recordings: {seen} looked at, {new} new …").format(seen=seen, new=new), file=sys.stderr, flush=True
    )


def of(folder: Path) -> Path:
    """The media store that belongs to a backup: beside it. DataError `backup-media` where there is none."""
    found = folder.resolve().parent / FOLDER
    if not found.is_dir():
        raise DataError("backup-media", "There are no recordings beside {folder}.", folder=folder)
    return found
