"""The programs that the demo starts, and their certain end.

Each child is a real `zhilu …` process with a log file; the short ones of a build are forked from it. Whatever
ends the demo (success, an error, Ctrl-C, SIGTERM) ends the children; should the demo itself be killed, the
kernel tells them (PDEATHSIG).
"""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from zhilu import cli
from zhilu.errors import WorldError

PR_SET_PDEATHSIG = 1
TCP_LISTEN = "0A"  # in /proc/net/tcp
START_SECONDS = 120  # eleven at once, on a machine that may have other work
STOP_SECONDS = 10
WATCH_SECONDS = 0.05
ZHILU = (sys.executable, "-m", "zhilu.cli")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def run(
    *arguments: str | Path,
    log: Path | None = None,
    accept: Sequence[int] = (0,),
    hear: Callable[[str], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run one `zhilu` command to its end; an exit code not accepted is an error. `hear` gets each line that
    it prints, at once."""
    return begin(*arguments, log=log, accept=accept, hear=hear)()


def begin(
    *arguments: str | Path,
    log: Path | None = None,
    accept: Sequence[int] = (0,),
    hear: Callable[[str], None] | None = None,
) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Start one `zhilu` command; what comes back waits for its end."""
    words = [str(word) for word in arguments]
    # Output goes to files: a full pipe would stop the program.
    out, err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")  # noqa: SIM115 - `end` closes
    child = subprocess.Popen(
        [*ZHILU, *words], stdin=subprocess.DEVNULL, stdout=out, stderr=err, preexec_fn=_die_with_parent
    )

    def end() -> subprocess.CompletedProcess[str]:
        with out, err:
            _watch(words[0], child, _Ear(out.fileno(), hear) if hear else lambda: None)
            out.seek(0)
            err.seek(0)
            done = subprocess.CompletedProcess(words, child.returncode, out.read(), err.read())
        return _accepted(words, done, log, accept)

    return end


def forked(*arguments: str | Path, log: Path | None = None) -> Callable[[], subprocess.CompletedProcess[str]]:
    """As `begin`, but in a fork of this process, which has imported what the command would. For a process
    without threads.
    """
    words = [str(word) for word in arguments]
    said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - `end` closes
    child = multiprocessing.get_context("fork").Process(target=_command, args=(words, said.fileno()))
    child.start()

    def end() -> subprocess.CompletedProcess[str]:
        with said:
            child.join()
            said.seek(0)
            done = subprocess.CompletedProcess(words, child.exitcode or 0, said.read(), "")
        return _accepted(words, done, log, (0,))

    return end


def _command(words: list[str], said: int) -> None:
    _die_with_parent()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(said, stream.fileno())
    sys.exit(cli.main(words))


def _accepted(
    words: list[str],
    done: subprocess.CompletedProcess[str],
    log: Path | None,
    accept: Sequence[int],
) -> subprocess.CompletedProcess[str]:
    if log is not None:
        log.write_text(f"$ zhilu {' '.join(words)}\n{done.stdout}{done.stderr}")
    if done.returncode not in accept:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise WorldError(
            "demo-step",
            "The step `zhilu {step}` failed: {said}",
            step=" ".join(words[:2]),
            said=said[-1] if said else f"exit {done.returncode}",
        )
    return done


def _watch(name: str, child: subprocess.Popen[bytes], listen: Callable[[], None]) -> None:
    """To its end, looking at its memory."""
    while True:
        memory.see(name, child.pid)
        with suppress(subprocess.TimeoutExpired):
            child.wait(WATCH_SECONDS)
        listen()
        if child.returncode is not None:
            return


class _Ear:
    """Passes on the lines of a file that a child writes."""

    def __init__(self, file: int, hear: Callable[[str], None]) -> None:
        self._file, self._hear, self._at = file, hear, 0

    def __call__(self) -> None:
        # By its place: where we read with the file's own, the child would write there.
        said = os.pread(self._file, 65_536, self._at)
        whole = said[: said.rfind(b"\n") + 1]
        self._at += len(whole)
        for line in whole.decode().splitlines():
            self._hear(line)


class Memory:
    """Peak resident memory of each program by name, in MB; the kernel keeps the peak."""

    def __init__(self) -> None:
        self.peaks: dict[str, float] = {}

    def see(self, name: str, pid: int) -> None:
        self.peaks[name] = max(self.peaks.get(name, 0.0), peak_resident_mb(pid))


memory = Memory()


class Programs:
    """Long-running children by name; a context manager that leaves none behind."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Programs":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()

    def start(self, name: str, *arguments: str | Path) -> None:
        with (self.logs / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(
                [*ZHILU, *(str(word) for word in arguments)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C in the terminal reaches the demo only, which ends them in its
                # order.
                start_new_session=True,
                preexec_fn=_die_with_parent,  # safe: children are started from the main thread only
            )

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def user(self, name: str) -> int:
        """The user id under which the program really runs."""
        # Not the owner of the folder in /proc: that is root once a process has changed its user.
        status = Path(f"/proc/{self.pid(name)}/status").read_text()
        return next(int(line.split()[2]) for line in status.splitlines() if line.startswith("Uid:"))

    def wait_ready(self, name: str, ready: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Wait until `ready()`; the program's own death is noticed at once and quoted."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check_alive(name)
            if time.monotonic() > deadline:
                raise WorldError(
                    "demo-slow",
                    "The {program} did not get ready; its log: {log}",
                    program=name,
                    log=self.log(name),
                )
            time.sleep(0.05)

    def wait_listening(self, name: str, tcp_port: int) -> None:
        """Wait until this very program listens: another that took the TCP port would answer too."""
        self.wait_ready(name, lambda: listens(self.pid(name), tcp_port))

    def check_alive(self, name: str) -> None:
        for each, child in self._running.items():
            memory.see(each, child.pid)
        if self._running[name].poll() is not None:
            raise WorldError(
                "demo-program",
                "The {program} ended by itself: {said}",
                program=name,
                said=self.last_words(name),
            )

    def wait_end(self, name: str, seconds: float) -> None:
        """Wait until the program ends by itself, with exit code 0."""
        memory.see(name, self._running[name].pid)
        try:
            code = self._running[name].wait(seconds)
        except subprocess.TimeoutExpired:
            raise WorldError(
                "demo-slow", "The {program} did not end; its log: {log}", program=name, log=self.log(name)
            ) from None
        if code != 0:
            raise WorldError(
                "demo-program",
                "The {program} ended by itself: {said}",
                program=name,
                said=self.last_words(name),
            )
        del self._running[name]

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def last_words(self, name: str) -> str:
        lines = self.log(name).read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "(silent)"

    def stop_all(self) -> None:
        """Ask all, then wait for all, then kill what is left. The newest first: who depends goes before whom
        it needs.
        """
        children = list(reversed(self._running.values()))
        for child in children:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            _kill_group(child.pid)
            child.wait()
        self._running.clear()


def _kill_group(leader: int) -> None:
    """Workers of a server outlive a leader that was killed; the group is theirs alone."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def listens(pid: int, tcp_port: int) -> bool:
    """Does the process, or a descendant, listen on 127.0.0.1 at this TCP port?

    Where the kernel does not let us look (root of a container, another user's files), whoever listens
    is believed to be ours.
    """
    here = f"0100007F:{tcp_port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    wanted = {f"socket:[{row[9]}]" for row in rows if row[1] == here and row[3] == TCP_LISTEN}
    held = [open_files(each) for each in (pid, *descendants(pid))]
    return bool(wanted) and any(files is None or bool(wanted & files) for files in held)


def open_files(pid: int) -> set[str] | None:
    """What its descriptors lead to; None where we may not look."""
    try:
        return {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    except PermissionError:
        return None
    except OSError:
        return set()


def descendants(pid: int) -> Iterator[int]:
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from descendants(int(child))
    except OSError:
        return


def peak_resident_mb(pid: int) -> float:
    """Largest peak resident memory among the process and its descendants, in MB."""
    return max(peak_of(each) for each in (pid, *descendants(pid)))


def peak_of(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:")), 0.0)
