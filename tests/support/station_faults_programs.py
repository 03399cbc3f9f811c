"""The real programs, started and killed a thousand times: each is a fork of a process that has everything
imported, so a start takes a tenth of a second. `kill` is SIGKILL of the program with all its children.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import resource
import signal
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

from zhilu.demo.processes import descendants

IMPORTED = [
    "support.station_faults_programs",
    "zhilu.cli",
    "zhilu.station.daemon",
    "zhilu.recorder.run",
    "zhilu.keyholder.run",
    "zhilu.server.commands.run",
    "django.db.models",
    "gunicorn.workers.gthread",
]
PR_SET_PDEATHSIG = 1

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(IMPORTED)


class Program:
    """`zhilu WORDS`, again and again; what it says is added to one log."""

    def __init__(self, log: Path, *words: object) -> None:
        self.log, self._words = log, [str(word) for word in words]
        self._process: BaseProcess | None = None
        self.harmed = False

    def start(self) -> None:
        assert not self.runs
        self._process = _context.Process(target=_run, args=(self._words, str(self.log)), daemon=True)
        self._process.start()

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.is_alive()

    @property
    def code(self) -> int | None:
        return None if self._process is None else self._process.exitcode

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As an operator does."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        process = self._process
        if process is not None and process.pid is not None and process.is_alive():
            with contextlib.suppress(ProcessLookupError):  # it has only just begun, and has no group yet
                if number is signal.SIGKILL:
                    os.killpg(process.pid, number)
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)
            process.join(60)

    def limit_files(self, size: int | None) -> None:
        """No file may grow beyond so many bytes, as on a full disk; None: no limit any more."""
        if self._process is None or self._process.pid is None or not self.runs:
            return
        soft = resource.RLIM_INFINITY if size is None else size
        for pid in (self._process.pid, *descendants(self._process.pid)):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))


def _run(words: list[str], log: str) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    _hurry()
    from zhilu.cli import main

    sys.exit(main(words))


def _hurry() -> None:
    """The station's own pace, sped up: nothing of what it does depends on it."""
    from zhilu.station import bay, county, dock, handing, pause, receipts, snapshots

    bay.LOOK_S, bay.AFTER_TROUBLE_S = 0.1, 0.2
    # A changed byte may make a side wait for more than will come.
    dock.SILENCE_S, dock.CALL_S, county.SILENCE_S = 4.0, 8.0, 6.0
    handing.GREET_S, receipts.PING_S, receipts.STORED_RETRY_S = 0.5, 0.5, 0.2
    pause.FIRST_S, pause.LONGEST_S, snapshots.RETRY_S = 0.1, 0.5, 0.3
