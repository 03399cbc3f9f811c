"""`zhilu server run`: gunicorn's worker with threads, in this process; the ledger's pass as one more thread.

No second process watches it: who starts it again should it die is systemd. The TCP port is bound before
anything starts: a port in use is one plain line. The process holds the lock for passes, so a second `run` or
a `work` on the same home is refused.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import socket
import threading
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from zhilu.errors import CallerError, WorldError
from zhilu.i18n import _
from zhilu.server.commands import writing
from zhilu.server.config import Config


def run(arguments: argparse.Namespace) -> None:
    config = writing.start(arguments.home)
    from zhilu.server.evidence.services import media_store
    from zhilu.server.ledger.services import publish

    if not arguments.no_work:
        publish.load_signer(config)  # a missing key is said now, not in the log later
        publish.only_one(config.home).close()
    listener = bind(config.host, config.tcp_port)
    media_store.sweep()
    host, port = listener.getsockname()[:2]
    print(
        _("Serving http://{authority} on {host}:{port}").format(
            authority=config.authority, host=host, port=port
        ),
        flush=True,
    )
    Server(config, listener, with_work=not arguments.no_work).run()


def bind(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise CallerError(
                "tcp-port-in-use", "TCP port {port} on {host} is in use.", port=port, host=host
            ) from None
        raise WorldError(
            "tcp-port",
            "Cannot listen on {host}:{port}: {reason}",
            host=host,
            port=port,
            reason=error.strerror,
        ) from None
    return listener


class Worker(ThreadWorker):  # type: ignore[misc]
    """Without gunicorn's arbiter over it. SIGTERM and Ctrl-C let requests end, a few seconds long."""

    def is_parent_alive(self) -> bool:
        return True  # whoever started it need not stay

    def handle_quit(self, sig: int, frame: object) -> None:
        self.handle_exit(sig, frame)


class Server(BaseApplication):  # type: ignore[misc]
    """What Django needs, and nothing else of gunicorn."""

    def __init__(self, config: Config, listener: socket.socket, with_work: bool) -> None:
        self._config, self._listener, self._with_work = config, listener, with_work
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "threads": self._config.threads,
            "graceful_timeout": 5,
            "keepalive": 30,
            "loglevel": "warning",
            "post_worker_init": self._start_work if self._with_work else lambda worker: None,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def run(self) -> None:
        """To its end, and the process's: what a request still does then is cut off."""
        cfg, here = self.cfg, os.getpid()
        Worker(0, here, [self._listener], self, cfg.timeout, cfg, Logger(cfg)).init_process()
        logging.shutdown()
        os._exit(0)

    def load(self) -> Any:
        from zhilu.server.wsgi import application

        return application

    def _start_work(self, worker: Any) -> None:
        from zhilu.server.ledger.services import publish
        from zhilu.server.ledger.services import worker as work

        # Held as long as the process lives.
        self._lock = publish.only_one(self._config.home)
        thread = threading.Thread(
            target=work.work, args=(publish.publisher(), threading.Event()), name="work", daemon=True
        )
        thread.start()
