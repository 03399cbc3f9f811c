"""`zhilu server restore`: a home of a backup, or of its ledger as a neighbour mirrors it, in an empty folder
and an empty database.

Exit 0: whole, and the keyholder was asked now and knows nothing newer. 1: the home is there, and something
lacks or could not be compared, each on a line.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from zhilu.errors import CallerError, WorldError
from zhilu.i18n import _, error_line
from zhilu.server.commands.backup import said_of_media


def run(arguments: argparse.Namespace) -> int:
    if arguments.mirror:
        return _from_mirror(arguments)
    from zhilu.server.backup import taking

    taken = taking.take(arguments.source, arguments.home, arguments.database, arguments.verify)
    made = taken.made
    text = _("Restored to {home}: {entries} entries, newest checkpoint of size {size}, backup of {at}.")
    print(text.format(home=arguments.home, entries=made.entries, size=made.checkpoint_size, at=made.made_at))
    print(_("Everybody is signed out. Passwords and second factors are those of the backup."))
    lacks = 0
    if taken.recordings is None:
        print(_("No recordings lie beside the backup."))
        lacks = 1
    elif said_of_media(taken.recordings):
        lacks = 1
    if lacks:
        print(_("What is not in the store is asked for again: run `zhilu server check-store`."))
    for one in taken.unsure:
        print(one.line)
    return max(lacks, said_of_comparison(taken.compared), 1 if taken.unsure else 0)


def _from_mirror(arguments: argparse.Namespace) -> int:
    from zhilu.server.backup import remaking

    if arguments.keys is None:
        raise CallerError("restore-keys-unset", "With --from-mirror say with --keys where the keys are.")
    made = remaking.remake(arguments.mirror, arguments.keys, arguments.home, arguments.database)
    print(_("Made again in {home}: {entries} entries.").format(home=arguments.home, entries=made.entries))
    print(_("No login came along: make them with `zhilu server account`."))
    print(_("What is not in the store is asked for again: run `zhilu server check-store`."))
    return said_of_comparison(made.compared)


def said_of_comparison(compared: Any) -> int:
    """What was compared with what, and what was not; 1 where the ledger may lack something."""
    print(_("Compared: tables and search with the entries, entries with the checkpoints in the backup."))
    if isinstance(compared, WorldError):
        print(error_line(compared), file=sys.stderr)
        if compared.code != "ledger-behind":
            text = _("NOT compared with the keyholder: `zhilu server run` does that first, or refuses.")
            print(text)
        return 1
    if not compared.cosigners:
        text = _("NOT compared with anybody outside: this ledger names no cosigner. Newest entries may lack.")
        print(text)
        return 1
    for key in compared.cosigners:
        text = _("Asked just now: {key}. It has cosigned {count} entries, and nothing beyond them.")
        print(text.format(key=key, count=compared.cosigned))
    text = _(
        "The backup itself names this key: compare it with what the keyholder's administrator reads out."
    )
    print(text)
    if rest := compared.entries - compared.cosigned:
        print(_("{count} entries came after that: nobody outside has cosigned them.").format(count=rest))
    return 0
