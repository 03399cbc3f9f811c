"""`zhilu server export adopt`: what a new recorder is set up with."""

from __future__ import annotations

import argparse

from zhilu import strictjson
from zhilu.errors import WorldError
from zhilu.i18n import _
from zhilu.server.commands import boot
from zhilu.server.commands.patience import patiently


def run(arguments: argparse.Namespace) -> None:
    boot.start(arguments.home)
    from zhilu.server.equipment.services.documents import adoption

    body = strictjson.dumps(patiently(lambda: adoption(arguments.recorder)))
    try:
        arguments.out.write_bytes(body)
    except OSError as error:
        raise WorldError(
            "out", "{path} cannot be written: {reason}", path=arguments.out, reason=error.strerror
        ) from None
    print(_("Written: {path}").format(path=arguments.out))
