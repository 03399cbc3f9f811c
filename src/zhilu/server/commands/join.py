"""`zhilu server join`: another bureau's server enters the ledger, to be followed from now on. The same again
with another URL: its new address.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from zhilu.errors import CallerError, DataError
from zhilu.i18n import _
from zhilu.protocols.federation import Neighbour
from zhilu.server.commands import writing


def run(arguments: argparse.Namespace) -> None:
    said = _read(arguments.neighbour)
    config = writing.start(arguments.home)
    from zhilu.server.federation.services.neighbours import join

    done = join(said, arguments.url.rstrip("/"), config.bureau)
    print(_("{bureau} has joined: entry number {index}.").format(bureau=said.bureau, index=done.index))


def _read(path: Path) -> Neighbour:
    try:
        return Neighbour.loads(path.read_bytes())
    except (OSError, DataError, CallerError):
        raise CallerError(
            "neighbour-file", "{path} is not what `zhilu server export neighbour` wrote.", path=path
        ) from None
