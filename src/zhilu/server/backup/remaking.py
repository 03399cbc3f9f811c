"""A home made of its ledger, as a neighbour mirrors it, and of its own keys: where the database is lost and
no backup is as new.

1. Settings and keys of the old home, or of any backup, into a folder beside the new home; this release's
   tables into an empty database.
2. Every entry, proved against the newest note that this ledger's own key signed and its cosigners cosigned
   (federation/services/carrying.py), with the notes that the neighbour has.
3. The tables from the entries, by the same `apply` as ever (ledger/services/rebuild.py).
4. The keyholder is asked what it cosigned, as after any restore. Where it knows more, or another history, or
   nobody answers, the home keeps still (`settled`). Then it gets its name.

What no ledger has does not come back: logins, sessions, drafts, rows of the access log, the lines of logbooks
(recorders have them and give them again), sealed media (put the old store in place, or they are asked for
again: `zhilu server check-store`), notes that the neighbour never saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhilu.durable import new_folder
from zhilu.errors import CallerError
from zhilu.server.backup import manifest, taking
from zhilu.server.commands import boot


@dataclass(frozen=True)
class Remade:
    """`compared`: as in `taking.Taken`."""

    entries: int
    compared: Any


def remake(mirror: Path, keys: Path, home: Path, database: str | None) -> Remade:
    names = [name for name in (*manifest.NEEDED, *manifest.OPTIONAL) if (keys / name).is_file()]
    lacking = sorted(set(manifest.NEEDED) - set(names))
    if lacking:
        raise CallerError("restore-keys", "{folder} lacks {name}.", folder=keys, name=lacking[0])
    if not mirror.is_file():
        raise CallerError("restore-mirror", "{path} is no file.", path=mirror)
    with new_folder(home) as draft:
        taking.home_files(keys, draft, names, database)
        with taking.new_tables(draft):
            boot.start(draft)
            from zhilu.server.backup import judging, refilling  # Django is set up by now

            count = refilling.refill(mirror)
            compared = judging.compared(draft, b"{}")
            boot.close()
    return Remade(count, compared)
