"""`zhilu server upgrade`: the tables of this release, then the evidential ones anew from the ledger.

Nothing may run on the home meanwhile. A second time it changes nothing.
"""

from __future__ import annotations

import argparse

from zhilu.errors import WorldError
from zhilu.i18n import _
from zhilu.server.commands import boot
from zhilu.server.commands.rebuild import forget_sums, rebuild_mirrors


def run(arguments: argparse.Namespace) -> None:
    config = boot.set_up(arguments.home)
    from django.core.management import call_command
    from django.db.utils import DatabaseError

    from zhilu.server.ledger.services import publish
    from zhilu.server.ledger.services.rebuild import rebuild

    with publish.only_one(config.home):
        try:
            missing = boot.missing_tables()
            call_command("migrate", verbosity=0, interactive=False)
        except DatabaseError as error:
            raise WorldError(
                "database", "The database cannot be used: {reason}", reason=boot.first_line(error)
            ) from None
        if not missing:
            print(_("The database is of this release already."))
            return
        print(_("{count} steps of tables were taken.").format(count=missing))
        print(_("The tables were written anew from {count} entries.").format(count=rebuild()))
        rebuild_mirrors()
        forget_sums()
