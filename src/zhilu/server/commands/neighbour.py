"""`zhilu server export neighbour`: what another bureau's server joins this one with. Public parts only."""

from __future__ import annotations

import argparse

from zhilu.errors import WorldError
from zhilu.i18n import _
from zhilu.server.commands import boot


def run(arguments: argparse.Namespace) -> None:
    config = boot.start(arguments.home)
    from zhilu.server.federation.services.neighbours import own

    body = own(config).dumps()
    try:
        arguments.out.write_bytes(body)
    except OSError as error:
        raise WorldError(
            "out", "{path} cannot be written: {reason}", path=arguments.out, reason=error.strerror
        ) from None
    print(_("Written: {path}").format(path=arguments.out))
