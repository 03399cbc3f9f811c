"""Children of the demo end with it, however it ends."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zhilu.demo import processes
from zhilu.demo.processes import Programs, run
from zhilu.errors import WorldError

SLEEPER = "import time; print('ready', flush=True); time.sleep(600)"
# Ends its leader at once and leaves a worker in the group, as a server that was killed does.
ORPHAN = "import os, time; os.fork() and os._exit(0); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER


@pytest.fixture(autouse=True)
def python_for_zhilu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "ZHILU", (sys.executable, "-c"))
    monkeypatch.setattr(processes, "STOP_SECONDS", 1)


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # also while it is read
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("script", [SLEEPER, STUBBORN])
def test_the_end_of_the_demo_ends_them(tmp_path: Path, script: str) -> None:
    with Programs(tmp_path) as programs:
        programs.start("server", script)
        programs.wait_ready("server", lambda: "ready" in programs.log("server").read_text())
        pid = programs.pid("server")
        assert alive(pid)
    assert not alive(pid)


def test_an_error_ends_them_too(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), Programs(tmp_path) as programs:
        programs.start("server", SLEEPER)
        pid = programs.pid("server")
        raise ZeroDivisionError
    assert not alive(pid)


def test_workers_that_outlive_their_leader_end_too(tmp_path: Path) -> None:
    with Programs(tmp_path) as programs:
        programs.start("server", ORPHAN)
        leader = programs.pid("server")
        while alive(leader):
            time.sleep(0.02)
        group = [int(path.name) for path in Path("/proc").glob("[0-9]*") if group_of(path) == leader]
        assert len(group) >= 1
    deadline = time.monotonic() + 60
    while any(alive(pid) for pid in group) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(alive(pid) for pid in group)


def group_of(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rsplit(")", 1)[1].split()[2])
    except OSError:
        return 0


def test_a_killed_demo_takes_them_along(tmp_path: Path) -> None:
    script = f"""
import sys, time
from pathlib import Path
from zhilu.demo import processes
processes.ZHILU = (sys.executable, "-c")
with processes.Programs(Path({str(tmp_path)!r})) as programs:
    programs.start("server", {SLEEPER!r})
    print(programs.pid("server"), flush=True)
    time.sleep(600)
"""
    demo = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    pid = int(demo.stdout.readline())
    assert alive(pid)
    demo.send_signal(signal.SIGKILL)
    demo.wait()
    deadline = time.monotonic() + 60
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(pid)


def test_a_program_that_dies_while_we_wait_is_quoted(tmp_path: Path) -> None:
    with Programs(tmp_path) as programs, pytest.raises(WorldError) as caught:
        programs.start("server", "print('first'); print('no database'); raise SystemExit(1)")
        programs.wait_ready("server", lambda: False)
    assert caught.value.code == "demo-program"
    assert caught.value.fields["said"] == "no database"


def test_a_program_that_never_gets_ready_is_an_error(tmp_path: Path) -> None:
    with Programs(tmp_path) as programs, pytest.raises(WorldError) as caught:
        programs.start("server", SLEEPER)
        programs.wait_ready("server", lambda: False, 0.2)
    assert caught.value.code == "demo-slow"


def test_a_command_that_fails_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(WorldError) as caught:
        run("import sys; sys.exit('one plain line')", log=tmp_path / "log")
    assert caught.value.fields["said"] == "one plain line"
    assert "one plain line" in (tmp_path / "log").read_text()


def test_an_exit_code_that_is_looked_for_is_no_failure() -> None:
    assert run("raise SystemExit(1)", accept=(1,)).returncode == 1
    with pytest.raises(WorldError):
        run("pass", accept=(1,))


def test_a_program_that_says_very_much_does_not_hang() -> None:
    assert len(run("print('x' * 1_000_000)").stdout) == 1_000_001


def test_memory_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "memory", processes.Memory())
    seen = tmp_path / "seen"

    def hear(_line: str) -> None:
        if processes.memory.peaks[script] > 80:
            seen.touch()

    waits = f"while not os.path.exists({str(seen)!r}): print(flush=True); time.sleep(0.01)"
    script = f"import os, time; x = bytearray(80_000_000)\n{waits}"
    run(script, hear=hear)
    assert 80 < processes.memory.peaks[script] < 200


LISTENER = "import os, socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(600)"
FORKED = LISTENER.replace("time.sleep", "os.fork() and s.close(); time.sleep")


@pytest.mark.parametrize("script", [LISTENER, FORKED])
def test_a_program_that_listens_is_seen_also_through_its_worker(
    tmp_path: Path, free_tcp_port: int, script: str
) -> None:
    with Programs(tmp_path) as programs:
        programs.start("server", script.format(port=free_tcp_port))
        programs.wait_listening("server", free_tcp_port)


def test_another_that_took_the_tcp_port_is_not_taken_for_ours(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, Programs(tmp_path) as programs:
        tcp_port = other.getsockname()[1]
        programs.start("server", LISTENER.format(port=tcp_port))
        with pytest.raises(WorldError) as caught:
            programs.wait_listening("server", tcp_port)
    assert "Address already in use" in str(caught.value.fields["said"])


def test_what_a_command_prints_is_heard_while_it_runs(tmp_path: Path) -> None:
    heard: list[str] = []
    answer = tmp_path / "heard"

    def hear(line: str) -> None:
        heard.append(line)
        answer.touch()

    waits = f"while not os.path.exists({str(answer)!r}): time.sleep(0.01)"
    done = run(f"import os, time\nprint('六月', flush=True)\n{waits}\nprint('July')", hear=hear)
    assert heard == done.stdout.splitlines() == ["六月", "July"]
