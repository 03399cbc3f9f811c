"""A demonstration that serves, once in a run: whoever looks at one looks at this."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from pathlib import Path

from support.loop import MARK, ZHILU, free_tcp_base, left_with, processes_with
from zhilu.demo.bureau.cache import BUILT, CACHE
from zhilu.demo.processes import descendants

PICTURES = "ZHILU_PICTURES"
"""A folder in the environment: where the README's pictures are to go. They are of the half year that a demo
shows; tests are content with less.
"""
DAYS = 183 if PICTURES in os.environ else 14
READY_S = 900


class Demo:
    """`zhilu demo WORDS` in a temporary folder of its own."""

    def __init__(self, folder: Path, *words: object) -> None:
        self.folder, self.log, self.mark = folder / "tmp", folder / "log", uuid.uuid4().hex
        self.base = int(os.environ.get("ZHILU_PICTURES_TCP", 0)) or free_tcp_base()
        self.folder.mkdir()
        more = [str(word) for word in (*words, "--player", "node", "--tcp-base", self.base)]
        environ = {CACHE: str(folder / "cache")} | os.environ
        environ |= {MARK: self.mark, "TMPDIR": str(self.folder)}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*ZHILU, "demo", *more], env=environ, stdout=log, stderr=subprocess.STDOUT
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait_for(self, text: str) -> None:
        until = time.monotonic() + READY_S
        while text not in self.said:
            assert self.process.poll() is None and time.monotonic() < until, self.said
            time.sleep(0.2)

    @property
    def burden(self) -> tuple[int, float]:
        """How many processes, itself among them, and their resident memory in MB."""
        running = [self.process.pid, *descendants(self.process.pid)]
        return len(running), sum(map(_resident_mb, running))

    def end(self, how: signal.Signals) -> str:
        """What it said since it was asked to end. Neither process nor file is left, whoever ends it."""
        assert len(list(processes_with(self.mark))) >= 4
        assert self.process.poll() is None
        before = self.said
        self.process.send_signal(how)
        self.process.wait(60)
        rest = self.said.removeprefix(before)
        assert "Traceback" not in rest
        assert left_with(self.mark) == []
        assert list(self.folder.iterdir()) == []
        return rest

    def kill(self) -> None:
        """For a test that failed meanwhile."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


def _resident_mb(pid: int) -> float:
    """0 of one that has ended meanwhile."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmRSS:")), 0)


class Demonstration(Demo):
    """With some days of city and counties before today's recording; it serves."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "--seconds", 8, "--days", DAYS)
        try:
            self.wait_for("Ctrl-C")
        except BaseException:
            self.kill()
            raise

    @property
    def built(self) -> Path:
        """The bureaus as they were built, which a demo only copies."""
        (found,) = (self.folder.parent / "cache").glob(f"*/{BUILT}")
        return found.parent

    @property
    def served(self) -> Path:
        """Where those are that serve."""
        (found,) = self.folder.glob("zhilu-demo-*")
        return found
