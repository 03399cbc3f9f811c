"""How the demo begins badly, and how it ends."""

import signal
import socket
from pathlib import Path

import pytest

from support.demonstration import Demo
from support.loop import free_tcp_base, zhilu

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


@pytest.mark.parametrize(
    "words", [("--seconds", 0), ("--seconds", -1), ("--tcp-base", 0), ("--tcp-base", 65_530)]
)
def test_a_number_out_of_bounds(tmp_path: Path, words: tuple[str, int]) -> None:
    assert str(words[0]).removeprefix("--").split("-")[0] in refused(tmp_path, *words)


def test_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/mine").write_text("x")
    assert "[keep]" in refused(tmp_path, "--keep", tmp_path / "kept", "--tcp-base", free_tcp_base())
    assert (tmp_path / "kept/mine").read_text() == "x"


def test_a_demo_that_is_ended_with_its_terminal_leaves_nothing(tmp_path: Path) -> None:
    """In the middle of a recording; with Ctrl-C, while it serves, ends the one of test_demonstration.py."""
    demo = Demo(tmp_path, "--once", "--realtime", "--seconds", 100)
    try:
        demo.wait_for("Recording …")
        demo.end(signal.SIGHUP)
    finally:
        demo.kill()
