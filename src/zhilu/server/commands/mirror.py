"""`zhilu server export mirror`: a neighbour's ledger as it is mirrored here, for it to be made again."""

from __future__ import annotations

import argparse

from zhilu.durable import new_file
from zhilu.errors import CallerError, WorldError
from zhilu.i18n import _
from zhilu.server.commands import boot


def run(arguments: argparse.Namespace) -> None:
    boot.start(arguments.home)
    from zhilu.server.federation.services import carrying, neighbours

    if arguments.bureau not in {one.bureau for one in neighbours.mirrored()}:
        raise CallerError(
            "bureau-unknown", "No ledger of {bureau} is followed here.", bureau=arguments.bureau
        )
    try:
        with new_file(arguments.out) as file:
            size = carrying.write(arguments.bureau, file)
    except OSError as error:
        raise WorldError(
            "out", "{path} cannot be written: {reason}", path=arguments.out, reason=error.strerror
        ) from None
    print(_("Written: {path}").format(path=arguments.out))
    text = _("{size} entries with all texts: carry it as carefully as a backup.")
    print(text.format(size=size))
