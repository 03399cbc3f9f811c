"""`zhilu server export adopt`: what a new recorder is set up with."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from zhilu import strictjson
from zhilu.errors import WorldError, ZhiluError
from zhilu.i18n import _
from zhilu.server.commands import boot

PATIENCE_S = 20.0


def run(arguments: argparse.Namespace) -> None:
    boot.start(arguments.home)
    from zhilu.server.equipment.services.documents import adoption

    body = strictjson.dumps(_patiently(adoption, arguments.recorder))
    try:
        arguments.out.write_bytes(body)
    except OSError as error:
        raise WorldError(
            "out", "{path} cannot be written: {reason}", path=arguments.out, reason=error.strerror
        ) from None
    print(_("Written: {path}").format(path=arguments.out))


def _patiently(make: Callable[[str], dict[str, Any]], recorder: str) -> dict[str, Any]:
    """Entries just committed are proved a moment later: wait for the pass, within reason."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return make(recorder)
        except ZhiluError as error:
            if error.code not in ("not-covered", "no-checkpoint") or time.monotonic() > until:
                raise
        time.sleep(0.2)
