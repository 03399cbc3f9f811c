"""The worker: runs the pass whenever there is something new, and what other apps ask to have done now and
then. They name it: only where the worker works is it imported, and a command starts without it.

It never dies of a pass that fails: the world may come back. `ledger-behind` and `ledger-fork` stop signing
for good; the web pages go on, and say so.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import close_old_connections
from django.utils.module_loading import import_string

from zhilu.errors import ZhiluError
from zhilu.server.ledger.services import wake

if TYPE_CHECKING:
    from zhilu.server.ledger.services.publish import Publisher

log = logging.getLogger("zhilu.worker")
POLL_S = 0.5
RETRY_S = 1.0
FATAL = ("ledger-behind", "ledger-fork", "ledger-hole", "ledger-key")


@dataclass
class Chore:
    """Something to do every so many seconds."""

    name: str
    every_s: float
    run: str
    due: float = 0.0


_chores: list[Chore] = []
_loops: list[tuple[str, str]] = []


def every(seconds: float, name: str, run: str) -> None:
    """Register a chore, a function without arguments; apps do so when Django starts."""
    _chores.append(Chore(name, seconds, run, time.monotonic() + seconds))


def beside(name: str, loop: str) -> None:
    """Register what waits for others too long to be a chore: it has a thread of its own while the worker
    works, and returns when told to stop, by its one argument, a `threading.Event`.
    """
    _loops.append((name, loop))


def work(publisher: Publisher, stop: threading.Event) -> None:
    """Pass after pass until `stop`."""
    for name, loop in _loops:
        threading.Thread(target=import_string(loop), args=(stop,), name=name, daemon=True).start()
    signing = True
    said = ""
    while not stop.is_set():
        close_old_connections()
        done = True
        if signing:
            try:
                done = publisher.run_once()
                said = ""
            except ZhiluError as error:
                done, signing = False, error.code not in FATAL
                # The same trouble is said once, not twice a second.
                if str(error) != said:
                    log.error("%s%s", error, "" if signing else "; signing stops")
                    said = str(error)
            except Exception:
                done = False
                log.exception("the pass failed")
        _run_chores()
        wake.wait(POLL_S if done else RETRY_S)


def _run_chores() -> None:
    for chore in _chores:
        if time.monotonic() >= chore.due:
            chore.due = time.monotonic() + chore.every_s
            try:
                import_string(chore.run)()
            except Exception:
                log.exception("%s failed", chore.name)
