"""How the demo begins badly, and how it ends."""

import os
import re
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support.loop import MARK, ZHILU, free_tcp_base, processes_with, zhilu
from zhilu.demo.bureau.cache import CACHE
from zhilu.demo.http import Api
from zhilu.encoding import b64u
from zhilu.softkey.ceremonies import Holder

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


@dataclass(frozen=True)
class County:
    """Where the demos of this module keep their county, and at which TCP ports: one builds it, all use it."""

    folder: Path
    tcp_base: int


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    return County(tmp_path_factory.mktemp("county"), free_tcp_base())


class Demo:
    """A demo that serves; `said` is what it printed up to the addresses."""

    def __init__(self, tmp_path: Path, county: County) -> None:
        self.folder, self.mark, self.base = tmp_path, uuid.uuid4().hex, county.tcp_base
        words = ["demo", "--seconds", "4", "--player", "node", "--tcp-base", str(self.base), "--days", "3"]
        environ = {**os.environ, MARK: self.mark, "TMPDIR": str(tmp_path), CACHE: str(county.folder)}
        self.process = subprocess.Popen(
            [*ZHILU, *words], env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout is not None
        self.said = ""
        while "Ctrl-C" not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line

    def end(self, how: signal.Signals) -> str:
        """End it; what it said after the addresses. Neither process nor file is left, whoever ends it."""
        assert len(list(processes_with(self.mark))) >= 4
        assert self.process.poll() is None
        self.process.send_signal(how)
        assert self.process.stdout is not None
        rest = self.process.stdout.read()
        self.process.wait(30)
        assert "Traceback" not in rest
        assert list(processes_with(self.mark)) == []
        assert list(self.folder.iterdir()) == []
        return rest


# Three demos, and three ways to end one: each test ends its own in another way.


def test_a_demo_that_serves_is_ended_with_its_terminal(tmp_path: Path, county: County) -> None:
    demo = Demo(tmp_path, county)
    time.sleep(1.5)  # it serves
    demo.end(signal.SIGHUP)


def test_while_it_serves_the_acted_people_help(tmp_path: Path, county: County) -> None:
    """Somebody tries by hand: a security key of his own, and one more recording."""
    demo = Demo(tmp_path, county)
    try:
        room = Api(demo.base + 10, f"julu.view.demo.localhost:{demo.base + 10}")
        person = re.search(r"register\?person=(\S+)", demo.said)
        assert person is not None
        holder = Holder.new(
            person[1], "view.demo.localhost", f"http://julu.view.demo.localhost:{demo.base + 10}"
        )
        registration = {
            "registration": b64u(holder.registration(["viewer"])),
            "binding": holder.binding(),
            "aaguid": "00" * 16,
        }
        number = room.post("/api/registrations", registration)["registration_id"]
        wait_until(lambda: room.get(f"/api/registrations/{number}")["state"] == "registered")
        again = re.search(r"zhilu (recorder run .*)", demo.said)
        assert again is not None
        done = zhilu(*again[1].replace("--seconds 20", "--seconds 3").split())
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        rest = demo.end(signal.SIGINT)
    assert "witnessed" in rest
    assert "touched the key" in rest


def test_a_printed_account_sees_what_was_recorded(tmp_path: Path, county: County, chromium: Browser) -> None:
    demo = Demo(tmp_path, county)
    try:
        for login, recordings in (("officer", 1), ("system", 0)):
            password = re.search(rf"{login} +(\S+)", demo.said)
            assert password is not None
            page = chromium.new_page()
            page.goto(f"http://julu.demo.localhost:{demo.base}/login")
            page.fill("#username", login)
            page.fill("#password", password[1])
            page.click("form button.btn-primary")
            answer = page.goto(f"http://julu.demo.localhost:{demo.base}/recordings")
            # Whoever has no business with recordings sees none, by list or refusal.
            assert answer is not None
            rows = page.locator("main a[href^='/recordings/']").count() if answer.status == 200 else 0
            assert (rows > 0) == (recordings > 0), page.content()
            page.close()
    finally:
        demo.end(signal.SIGTERM)


def wait_until(done: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)
