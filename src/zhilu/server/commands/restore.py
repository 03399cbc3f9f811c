"""`zhilu server restore`: a home of a backup, in an empty folder and an empty database.

Exit 0: whole, and compared with the keyholder. 1: the home is there and something lacks, each on a line.
"""

from __future__ import annotations

import argparse
import sys

from zhilu.i18n import _, error_line
from zhilu.server.commands.backup import said_of_media


def run(arguments: argparse.Namespace) -> int:
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
    if taken.lacks is None:
        print(_("The keyholder has cosigned nothing that lacks here."))
        return lacks
    print(error_line(taken.lacks), file=sys.stderr)
    if taken.lacks.code != "ledger-behind":
        print(_("Not compared with the keyholder: `zhilu server run` does it first, and refuses until then."))
    return 1
