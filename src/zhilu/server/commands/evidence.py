"""`zhilu server evidence`: the evidence files of one recording into a folder that may hold others."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from zhilu.durable import new_file
from zhilu.errors import CallerError, WorldError
from zhilu.i18n import _
from zhilu.server.commands import boot
from zhilu.server.commands.patience import patiently


def run(arguments: argparse.Namespace) -> None:
    try:
        recording = UUID(arguments.recording)
    except ValueError:
        raise CallerError("uuid", "An id has not the form of a UUID.") from None
    boot.start(arguments.home)
    from zhilu.server.evidence.services import export

    row = export.find(recording)
    found = patiently(lambda: export.files(row))
    try:
        for name, chunks in found.items():
            _write(arguments.out / name, chunks)
    except FileExistsError as error:
        raise CallerError("out-exists", "{path} is there already.", path=error.filename) from None
    except OSError as error:
        raise WorldError(
            "out", "{path} cannot be written: {reason}", path=arguments.out, reason=error.strerror
        ) from None
    print(_("Written: {path}").format(path=arguments.out))


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    """A new file, whole or not at all; nothing is written over."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_file(path, 0o644) as file:
        for chunk in chunks:
            file.write(chunk)
