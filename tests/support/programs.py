"""Python programs for tests, as `subprocess` runs them, but forked from a process that has imported `zhilu`,
Django and what they need already: of the second that a command takes, nearly all is imports.

`run` and `Popen` take a command `[sys.executable, "-m" or "-c", …]` and what those of `subprocess` take. The
process has the same words, environment, folder, umask, standard streams and exit code, hears SIGHUP or does
not, is a child of the test's process and can be killed; Django's settings are made anew from its environment.
What it has not: a start of its own, and an entry in /proc that says its words. Tests of those (imports,
limits, the entry point) use `subprocess`.

    python -m support.programs FD    the process that is forked, while the other end of the socket FD is open
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import random
import runpy
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import types
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT
from typing import Any

__all__ = ["DEVNULL", "PIPE", "STDOUT", "Popen", "run"]
TESTS = Path(__file__).resolve().parent.parent
SUBREAPER = 36
"""Of `prctl`: to whom a process falls whose parent has ended."""
LATER = (
    "zhilu.server.settings",
    "zhilu.server.wsgi",
    "zhilu.server.ledger.replayer",
    "zhilu.softkey.__main__",
)
"""What looks at the home, or acts, when it is imported."""
BESIDE = (
    "gunicorn.workers.gthread",
    "numpy",
    "openpyxl",
    "support.backup_world",
    "support.county_world",
    "typst",
)
REPLAYING = ("audit", "restore", "upgrade", "rebuild")
"""Commands and scripts that have a process of their own beside them."""


class _Server:
    """One for each process of tests, started when first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def fork(self, asked: dict[str, Any], streams: list[int]) -> int:
        """Process number of a new child of this process."""
        with self._lock:
            connected = self._socket = self._socket or self._start()
            _adopt(True)
            try:
                _ask(connected, asked, streams)
                (pid,) = struct.unpack("i", _exactly(connected, 4))
            except BaseException:  # whose answer is still to come is asked nothing more
                connected.close()
                self._socket = None
                raise
            finally:
                _adopt(False)
        return int(pid)

    def _start(self) -> socket.socket:
        here, there = socket.socketpair()
        environ = _without_settings(os.environ) | {"PYTHONPATH": str(TESTS), "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "support.programs", str(there.fileno())]
        process = subprocess.Popen(command, stdin=DEVNULL, env=environ, pass_fds=[there.fileno()], cwd="/")
        there.close()
        atexit.register(_close, here, process)
        return here


class _Reserve:
    """A child made before its parent did anything, to be what it is once asked to be."""

    def __init__(self) -> None:
        self._socket, there = socket.socketpair()
        self._pid = os.fork()
        if self._pid == 0:
            self._socket.close()
            _end(_be(_become(*_asked(there) or os._exit(0))))  # type: ignore[func-returns-value]
        there.close()

    def fork(self, asked: dict[str, Any], streams: list[int]) -> int:
        global _server
        _server = None
        _ask(self._socket, asked, streams)
        self._socket.close()
        return self._pid


_server: _Server | _Reserve | None = _Server()
"""None in a forked process: what that starts is no matter of the tests."""


def _without_settings(environ: Any) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))}


def _close(connected: socket.socket, process: subprocess.Popen[bytes]) -> None:
    connected.close()
    process.wait(60)


def _adopt(whether: bool) -> None:
    ctypes.CDLL(None).prctl(SUBREAPER, int(whether), 0, 0, 0)


def _ask(connected: socket.socket, asked: dict[str, Any], streams: list[int]) -> None:
    data = json.dumps(asked | {"parent": os.getpid()}).encode()
    socket.send_fds(connected, [struct.pack("i", len(data))], streams)
    connected.sendall(data)


def _asked(connected: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """What is asked and the three streams; None where nobody is left to ask."""
    head, streams, _, _ = socket.recv_fds(connected, 4, 3)
    return (json.loads(_exactly(connected, *struct.unpack("i", head))), streams) if head else None


def _exactly(connected: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connected.recv(count - len(data))
        if not more:
            raise EOFError("the process that is forked has ended")
        data += more
    return data


class Popen(subprocess.Popen):  # type: ignore[type-arg]
    """A forked process; pipes, waiting and killing are those of `subprocess`."""

    def _execute_child(self, args: Any, executable: Any, preexec_fn: Any, close_fds: bool, pass_fds: Any,
                       cwd: Any, env: Any, startupinfo: Any, creationflags: Any, shell: bool,
                       p2cread: int, p2cwrite: int, c2pread: int, c2pwrite: int, errread: int, errwrite: int,
                       *more: Any) -> None:  # fmt: skip
        if _server is None:
            super()._execute_child(  # type: ignore[misc]
                args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo, creationflags,
                shell, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, *more,
            )  # fmt: skip
            return
        words = [os.fspath(word) for word in args]
        assert words[0] == sys.executable and words[1] in ("-m", "-c"), words
        assert not (executable or preexec_fn or pass_fds or shell), "a matter for subprocess"
        umask = os.umask(0)
        os.umask(umask)
        asked = {
            "words": words[1:],
            "environ": dict(os.environ if env is None else env),
            "folder": os.fspath(cwd or Path.cwd()),
            "umask": umask,
            "outlives": signal.getsignal(signal.SIGHUP) == signal.SIG_IGN,
        }
        streams = [given if given != -1 else own for own, given in enumerate((p2cread, c2pwrite, errwrite))]
        try:
            self.pid = _server.fork(asked, streams)
            self._child_created = True
        finally:
            self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)  # type: ignore[attr-defined]


def run(
    command: Any,
    *,
    input: Any = None,  # noqa: A002 - as subprocess.run has it
    capture_output: bool = False,
    check: bool = False,
    timeout: float | None = None,
    **more: Any,
) -> subprocess.CompletedProcess[Any]:
    """As `subprocess.run`."""
    if input is not None:
        more["stdin"] = PIPE
    if capture_output:
        more["stdout"] = more["stderr"] = PIPE
    with Popen(command, **more) as process:
        try:
            out, err = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(command, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done


# The process that is forked, and what becomes of its children.


def main(descriptor: int) -> None:
    _load()
    tables = tempfile.mkdtemp(prefix="zhilu-tables-")
    _migrate_once(Path(tables) / "new.sqlite3")
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked = _serve(socket.socket(fileno=descriptor))
    if asked is None:
        shutil.rmtree(tables)
        os._exit(0)
    _end(_be(_become(*asked)))


def _load() -> None:
    """All that a program may import, with no look at any home."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "zhilu.server.settings"
    import django

    import zhilu

    django.setup()
    for found in pkgutil.walk_packages(zhilu.__path__, "zhilu."):
        if found.name not in LATER:
            importlib.import_module(found.name)
    for name in BESIDE:
        importlib.import_module(name)


def _migrate_once(ready: Path) -> None:
    """All tables of a new SQLite file are made by migrations the first time, and then those are copied."""
    from django.core import management
    from django.db import connection

    migrate = management.call_command

    def call_command(name: str, *words: Any, **more: Any) -> Any:
        path = Path(connection.settings_dict["NAME"])
        is_new = connection.vendor == "sqlite" and not (path.exists() and path.stat().st_size)
        if name != "migrate" or words or not is_new:
            return migrate(name, *words, **more)
        connection.close()
        if ready.exists():
            return shutil.copyfile(ready, path)
        migrate(name, **more)
        connection.close()
        own = ready.with_name(str(os.getpid()))
        shutil.copyfile(path, own)
        return own.rename(ready)

    management.call_command = call_command


def _serve(connected: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Forks as often as it is asked; gives, in each child, what that is asked to be, and None at the end."""
    while True:
        asked = _asked(connected)
        if asked is None:
            return None
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            asked[0]["between"] = os.getpid()
            pid = os.fork()
            if pid:
                os.write(writing, struct.pack("i", pid))
                os._exit(0)  # and the child falls to who asked
            for one in (connected.detach(), reading, writing):
                os.close(one)
            return asked
        os.waitpid(between, 0)
        connected.sendall(os.read(reading, 4))
        for one in (reading, writing, *asked[1]):
            os.close(one)


def _become(asked: dict[str, Any], streams: list[int]) -> list[str]:
    """The words that are left to be run."""
    while os.getppid() == asked.get("between"):  # who dies with its parent means the one that asked
        time.sleep(0.001)
    if os.getppid() != asked["parent"]:
        os._exit(1)  # which is gone
    _keep_a_reserve(any(name in word for name in REPLAYING for word in asked["words"]))
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_IGN if asked["outlives"] else signal.SIG_DFL)
    os.umask(asked["umask"])
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    tempfile.tempdir = None  # it goes by the environment too
    time.tzset()
    random.seed()
    _open_streams()
    _forget_settings()
    words: list[str] = asked["words"]
    return words


def _keep_a_reserve(whether: bool) -> None:
    global _server
    from zhilu.server.ledger.services import replay

    _server = _Reserve() if whether else None
    replay.subprocess = sys.modules[__name__]  # type: ignore[assignment]


def _open_streams() -> None:
    """What they are of is known when they are opened: a pipe, a file."""
    encoding = sys.stdout.encoding
    sys.stdin = sys.__stdin__ = open(0, encoding=encoding, closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding=encoding, closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", 1, encoding, "backslashreplace", closefd=False)  # noqa: SIM115


def _forget_settings() -> None:
    from django.conf import settings
    from django.db import connections
    from django.utils.functional import empty

    for one in connections.all(initialized_only=True):
        del connections[one.alias]
    settings._wrapped = empty  # type: ignore[assignment]
    sys.modules.pop("zhilu.server.settings", None)
    connections.__dict__.pop("settings", None)
    connections._settings = None  # type: ignore[attr-defined]


def _be(words: list[str]) -> int:
    """To its end; the exit code."""
    try:
        _run(words)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        return 1
    return 0


def _run(words: list[str]) -> None:
    how, what, *more = words
    sys.argv = [what if how == "-m" else how, *more]
    if how == "-m":
        sys.modules.pop(what, None)
        runpy.run_module(what, run_name="__main__", alter_sys=True)
        return
    own = sys.modules["__main__"] = types.ModuleType("__main__")
    exec(compile(what, "<string>", "exec"), own.__dict__)


def _end(code: int) -> None:
    """As Python ends, but that nothing is taken apart: that would be all that was loaded."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 120
    os._exit(code)


if __name__ == "__main__":
    from support import programs

    programs.main(int(sys.argv[1]))
