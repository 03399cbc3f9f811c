"""`zhilu server work`: the ledger's pass in a process of its own, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import threading

from zhilu.i18n import _
from zhilu.server.commands import writing


def run(arguments: argparse.Namespace) -> None:
    config = writing.start(arguments.home)
    from zhilu.server.ledger.services import publish, wake, worker

    stop = threading.Event()

    def end(number: int, frame: object) -> None:
        stop.set()
        wake.ring()

    with publish.only_one(config.home):
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        print(_("The ledger's pass runs."), flush=True)
        worker.work(publish.publisher(), stop)
