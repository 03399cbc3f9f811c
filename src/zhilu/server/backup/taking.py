"""A home made of a backup: whole or not at all, under a name that was empty.

1. Manifest, then every file against it (`backup-differs`).
2. Files into a folder beside the home, and this release's tables into an empty database. Of the backup's
   database only rows come into them (ledger/dump.py): `backup-old`, another release; `restore-objects`, it
   carries more than rows.
3. The neighbours' ledgers that the backup has (federation/services/carrying.py): proved, stored, applied.
4. Entries and newest checkpoint are the manifest's.
5. The audit: every evidential row follows from the entries, and these are what was published under the
   ledger's key. A backup that somebody changed ends here (`restore-audit`).
6. Recordings, where they lie beside the backup: what fits the ledger comes into the new store, the rest is
   missing and asked for again (`zhilu server check-store`).
7. All are signed out: a session that was ended since the backup must not live again.
8. The keyholder is asked what it cosigned. Where it knows more, or nobody answers, the home gets the mark
   that keeps it still (`settled`). Then it gets its name.

A failure before 8 leaves no home, and the database empty again.
"""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhilu.durable import new_folder
from zhilu.errors import CallerError, DataError
from zhilu.i18n import _
from zhilu.server import config as configuration
from zhilu.server.backup import manifest
from zhilu.server.backup.manifest import Manifest
from zhilu.server.commands import boot
from zhilu.server.ledger import dump
from zhilu.server.ledger.lock import databases
from zhilu.store.posix import PosixStore

_URL = re.compile(r'(?m)^(\[database\]\n(?:(?!\[)[^\n]*\n)*?url = )"[^"\n]*"')
"""In its own section only: the keyholder's has a `url` too."""


@dataclass(frozen=True)
class Taken:
    """`recordings`: a `media.Carried`, None where none lie beside the backup. `compared`: a
    `comparing.Compared`, or why the home keeps still. `unsure`: findings about the access log."""

    made: Manifest
    recordings: Any
    compared: Any
    unsure: list[Any]


def take(source: Path, home: Path, database: str | None, verify: bool) -> Taken:
    made = manifest.read(source)
    manifest.check(source, made, _say_file)
    with new_folder(home) as draft:
        _files(source, draft, made, database)
        with new_tables(draft) as settings:
            dump.load(source / made.database, settings)
            boot.start(draft)
            from zhilu.server.backup import judging  # Django is set up by now

            judging.mirrors_of(source, made)
            unsure = judging.check_ledger(made)
            carried = judging.media_of(source, draft, made, verify)
            judging.sign_out()
            compared = judging.compared(draft, made.to_bytes())
            boot.close()
    return Taken(made, carried, compared, unsure)


def _files(source: Path, draft: Path, made: Manifest, database: str | None) -> None:
    home_files(source, draft, set(made.files) & {*manifest.NEEDED, *manifest.OPTIONAL}, database)
    found = configuration.load(draft)
    engine = (
        "sqlite" if "sqlite" in databases(found.database_url, draft)["default"]["ENGINE"] else "postgresql"
    )
    if engine != made.engine:
        raise CallerError(
            "restore-engine", "The backup is of {engine}: name such a database.", engine=made.engine
        )


def home_files(source: Path, draft: Path, names: Collection[str], database: str | None) -> None:
    """Settings and keys, with a new database named where one is; and the empty store."""
    for name in names:
        shutil.copyfile(source / name, draft / name)
        (draft / name).chmod(0o600)
    if database is not None:
        _name_database(draft / configuration.FILE_NAME, database)
    PosixStore.create(draft / "store")
    (draft / "spool").mkdir()


def _name_database(toml: Path, url: str) -> None:
    if '"' in url or "\\" in url or not url.isprintable():
        raise CallerError("server-config", "server.toml: database.url is neither sqlite: nor postgresql:.")
    text, count = _URL.subn(lambda found: f'{found[1]}"{url}"', toml.read_text(), count=1)
    if count != 1 or tomllib.loads(text)["database"]["url"] != url:
        raise DataError("restore-config", "The backup's server.toml names no database.")
    toml.write_text(text)


@contextmanager
def new_tables(draft: Path) -> Iterator[dict[str, Any]]:
    """In an empty database, which any failure leaves empty again. Gives its settings."""
    settings = databases(configuration.load(draft).database_url, draft)["default"]
    dump.refuse_unless_empty(settings)
    try:
        boot.make_tables(draft)
        boot.close()
        yield settings
    except BaseException:
        boot.close()
        dump.empty(settings)
        raise


def _say_file(name: str) -> None:
    print(_("compared: {name} …").format(name=name), file=sys.stderr, flush=True)
