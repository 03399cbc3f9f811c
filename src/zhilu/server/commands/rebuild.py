"""`zhilu server rebuild`: the evidential tables anew from the ledger, all or nothing."""

from __future__ import annotations

import argparse

from zhilu.i18n import _
from zhilu.server.commands import boot


def run(arguments: argparse.Namespace) -> None:
    boot.start(arguments.home)
    from zhilu.server.ledger.services.rebuild import rebuild

    print(_("The tables were written anew from {count} entries.").format(count=rebuild()))
