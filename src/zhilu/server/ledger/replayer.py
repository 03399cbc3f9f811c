"""The child of an audit, `python -m zhilu.server.ledger.replayer`: services/replay.py says what it is for."""

from __future__ import annotations

import ctypes
import itertools
import os
import signal
import sys

import django

from zhilu.errors import ZhiluError

BATCH = 1000
"""Entries a transaction; a failed entry undoes only itself."""
DIE_WITH_PARENT = 1


def main() -> None:
    os.nice(10)
    # Whoever kills the audit kills its child too.
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0, interactive=False)
    while True:
        with transaction.atomic():
            lines = list(itertools.islice(sys.stdin.buffer, BATCH))
            for line in lines:
                replay(line)
        if not lines:
            return


def replay(line: bytes) -> None:
    from django.db import transaction

    from zhilu.server.ledger.services.replay import apply_entry, from_line

    entry = from_line(line)
    try:
        with transaction.atomic():
            apply_entry(entry)
    except Exception as error:
        code = error.code if isinstance(error, ZhiluError) else type(error).__name__
        print(entry.index, f"apply: {code}", flush=True)


if __name__ == "__main__":
    main()
