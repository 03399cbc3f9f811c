"""The child of an audit, `python -m zhilu.server.ledger.replayer`: services/replay.py says what it is for."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

import django

DIE_WITH_PARENT = 1


def main() -> None:
    os.nice(10)
    # Whoever kills the audit kills its child too.
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0, interactive=False)
    from zhilu.server.ledger.services import replay

    for entries in replay.batches(map(replay.from_line, sys.stdin.buffer)):
        with transaction.atomic():
            for one in replay.apply_all(entries):
                print(one.index, one.code, flush=True)


if __name__ == "__main__":
    main()
