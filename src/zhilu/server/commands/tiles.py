"""`zhilu server export tiles`: what is public of the ledger, as files. Again: what is new."""

from __future__ import annotations

import argparse

from zhilu.i18n import _
from zhilu.server.commands import boot


def run(arguments: argparse.Namespace) -> None:
    boot.start(arguments.home)
    from zhilu.server.ledger.services import files

    size, made = files.write(arguments.to)
    text = _("{path} shows {size} entries; new tiles: {count}.")
    print(text.format(path=arguments.to, size=size, count=made))
