"""A real PostgreSQL server in a temporary folder, reached by a Unix socket only."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

# Durability is not what the tests ask of it; speed is.
SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=50",
)
DURABLE = ("listen_addresses=", "max_connections=50")


class PostgresServer:
    """Started by `start`, gone after `stop`, folder and all. `durable` for measuring: with fsync. `more`
    settings, as the server's command line has them. `kept`: a folder that stays, and is begun with again.
    """

    def __init__(self, durable: bool = False, more: tuple[str, ...] = (), kept: Path | None = None) -> None:
        self._settings = (*(DURABLE if durable else SETTINGS), *more)
        self._is_kept = kept is not None
        self.folder = kept or Path(tempfile.mkdtemp(prefix="zhilu-pg-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        # PostgreSQL refuses to run as root.
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self._count = 0

    def start(self) -> None:
        programs = sorted(
            Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name)
        )
        if not programs:
            raise RuntimeError("PostgreSQL is not installed: see packages.debian")
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
        data = self.folder / "data"
        if not data.exists():
            words = ("-U", self.user, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
            self._run(programs[-1] / "initdb", "-D", data, *words)
        settings = [part for setting in self._settings for part in ("-c", setting)]
        self.process = subprocess.Popen(
            [programs[-1] / "postgres", "-D", data, "-k", self.folder, *settings],
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("wb"),
            **self._as_user(),
        )
        self._wait()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def new_database(self, like: str = "") -> str:
        """URL of an empty database, or of a copy of another one that nobody uses (its URL)."""
        self._count += 1
        template = urlsplit(like).path[1:] or "template1"
        name = f"test_{os.getpid()}_{self._count}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def stop(self) -> None:
        if self._is_kept:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(300)
            return
        self.process.send_signal(signal.SIGQUIT)  # at once: nothing in it is worth a checkpoint
        self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _as_user(self) -> dict[str, object]:
        return {"user": self.user, "group": self.user, "extra_groups": []} if os.geteuid() == 0 else {}

    def _run(self, *command: object) -> None:
        subprocess.run(
            [str(part) for part in command],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **self._as_user(),
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url()).close()
                return
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text()) from error
                time.sleep(0.05)
