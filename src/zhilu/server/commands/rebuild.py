"""`zhilu server rebuild`: the evidential tables anew from the ledger, all or nothing; then those of each
mirrored ledger, in steps that can be taken up again.
"""

from __future__ import annotations

import argparse

from zhilu.i18n import _
from zhilu.server.commands import boot


def run(arguments: argparse.Namespace) -> None:
    boot.start(arguments.home)
    from zhilu.server.ledger.services.rebuild import rebuild

    print(_("The tables were written anew from {count} entries.").format(count=rebuild()))
    rebuild_mirrors()
    forget_sums()


def forget_sums() -> None:
    """What was summed from tables as they were."""
    from zhilu.server.oversight.services import evaluating, reconcile
    from zhilu.server.statistics.services import tallies

    tallies.forget()
    reconcile.forget()
    evaluating.forget()


def rebuild_mirrors() -> None:
    """Also brings their tables to this release, and makes those that are not there."""
    from zhilu.server.federation.services import applying, mirror, neighbours

    for joined in neighbours.mirrored():
        mirror.prepare(joined.bureau)
        count = applying.rebuild(joined.bureau)
        print(
            _("{bureau}: its tables here were written anew from {count} entries.").format(
                bureau=joined.bureau, count=count
            )
        )
