"""`zhilu server neighbour-keys`: new keys towards the neighbours, said in the own ledger."""

from __future__ import annotations

import argparse

from zhilu.i18n import _
from zhilu.server.commands import writing


def run(arguments: argparse.Namespace) -> None:
    config = writing.start(arguments.home)
    from zhilu.server.federation.services.rekeying import renew

    index = renew(config)
    print(_("New keys: entry number {index}. The neighbours take them from there.").format(index=index))
    print(_("Until they have read it, a few seconds, they refuse this server's requests."))
