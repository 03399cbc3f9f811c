"""Run `zhilu demo` as a real process, and see what it leaves behind."""

import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support import ports, programs
from support.patience import PATIENCE_S

ZHILU = (sys.executable, "-m", "zhilu.cli", "--lang", "en")
OFFSETS = tuple(50 * bureau + offset for bureau in range(4) for offset in (0, 10, 20, 31))
MARK = "ZHILU_TEST_MARK"


def zhilu(*words: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command, forked; `demo` starts as it does at a person's: it is known by its environment."""
    run = subprocess.run if words[0] == "demo" else programs.run
    command = [*ZHILU, *(str(word) for word in words)]
    return run(command, capture_output=True, text=True, env={**os.environ, **environ})


def free_tcp_base() -> int:
    """A base whose TCP ports are all free."""
    return ports.free_tcp_base(OFFSETS)


def processes_with(mark: str) -> Iterator[str]:
    """Command lines of live processes that carry the mark in their environment."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                yield (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue


def left_with(mark: str) -> list[str]:
    """Those that stay: a child of a program that has ended may end a moment after it."""
    end = time.monotonic() + PATIENCE_S
    while (left := list(processes_with(mark))) and time.monotonic() < end:
        time.sleep(0.1)
    return left


@dataclass(frozen=True)
class Loop:
    """One finished run of the demo."""

    kept: Path
    code: int
    output: str
    left: list[str]
    temporary: list[Path]


def run_loop(kept: Path, *words: object) -> Loop:
    """`zhilu demo --once --keep KEPT …`, with a temporary folder of its own.

    Not below pytest's: those are closed to the keyholder's own user.
    """
    mark = uuid.uuid4().hex
    with tempfile.TemporaryDirectory() as temporary:
        Path(temporary).chmod(0o711)
        done = zhilu(
            *("demo", "--once", "--keep", kept, "--tcp-base", free_tcp_base(), *words),
            **{MARK: mark, "TMPDIR": temporary},
        )
        left, files = left_with(mark), sorted(Path(temporary).iterdir())
    return Loop(kept, done.returncode, done.stdout + done.stderr, left, files)
