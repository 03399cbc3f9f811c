"""How the demo begins badly, and how it ends."""

import os
import signal
import socket
import subprocess
import time
import uuid
from pathlib import Path

import pytest

from support.loop import MARK, ZHILU, free_tcp_base, processes_with, zhilu

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]


def refused(tmp_path: Path, *words: object) -> str:
    """The one line with which the demo refuses, having made nothing."""
    before = sorted(tmp_path.iterdir())
    done = zhilu("demo", "--once", *words, TMPDIR=str(tmp_path))
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before
    return done.stderr


@pytest.mark.parametrize("content", [None, b"", b"no video\n" * 100])
def test_a_source_that_is_no_video(tmp_path: Path, content: bytes | None) -> None:
    source = tmp_path / "source.mp4"
    if content is not None:
        source.write_bytes(content)
    assert "[source]" in refused(tmp_path, "--source", source, "--keep", tmp_path / "kept")


def test_a_tcp_port_in_use(tmp_path: Path) -> None:
    base = free_tcp_base()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", base + 10))
        taken.listen()
        line = refused(tmp_path, "--tcp-base", base)
    assert "[tcp-port]" in line
    assert str(base + 10) in line


def test_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/mine").write_text("x")
    assert "[keep]" in refused(tmp_path, "--keep", tmp_path / "kept", "--tcp-base", free_tcp_base())
    assert (tmp_path / "kept/mine").read_text() == "x"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_no_process_and_no_folder(tmp_path: Path, ending: signal.Signals) -> None:
    mark = uuid.uuid4().hex
    command = [*ZHILU, "demo", "--seconds", "4", "--player", "node", "--tcp-base", str(free_tcp_base())]
    environ = {**os.environ, MARK: mark, "TMPDIR": str(tmp_path)}
    demo = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert demo.stdout is not None
    heard = []
    for line in demo.stdout:
        heard.append(line)
        if "Ctrl-C" in line:
            break
    assert demo.poll() is None, "".join(heard)
    assert len(list(processes_with(mark))) >= 4
    time.sleep(1.5)  # it serves
    assert demo.poll() is None
    demo.send_signal(ending)
    demo.wait(30)
    assert list(processes_with(mark)) == []
    assert list(tmp_path.iterdir()) == []
    assert "Traceback" not in demo.stdout.read()
