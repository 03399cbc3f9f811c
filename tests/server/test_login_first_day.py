"""The first day of a bureau, with the commands that docs/operate/county-first-day.md names: init, pin, init,
keyholder, run; then the first administrator comes in.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from support import county_home, programs
from support.ports import free_tcp_port
from zhilu.encoding import b64u
from zhilu.softkey.ceremonies import Holder

FOUR = ["system:chenxiao:陈晓", "security:sunmin:孙敏", "security:zhaolei:赵磊", "audit:wangfang:王芳"]


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "zhilu.cli", "--lang", "en", *(str(word) for word in words)]


def environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))}


def do(*words: object) -> str:
    done = programs.run(command(*words), env=environ(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def program(log: Path, *words: object, stdin: Any = None) -> Iterator[subprocess.Popen[str]]:
    with log.open("w") as out:
        process = programs.Popen(
            command(*words), env=environ(), stdout=out, stderr=out, stdin=stdin, text=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(60)


def until(look: Any, log: Path) -> Any:
    for _ in range(600):
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def pin(tmp_path: Path, room: list[object], tcp_port: int, persons: list[str]) -> Path:
    """Two administrators at the keyholder's machine, and somebody there who says yes to both."""
    origin, log = f"http://julu.view.localhost:{tcp_port}", tmp_path / "pin.log"
    out = tmp_path / "pin.json"
    words = ["keyholder", "pin", *room, "--enrol", tmp_path / "server/enrol.json", "--out", out]
    with program(log, *words, stdin=programs.PIPE) as process:
        until(lambda: "/register?person=" in log.read_text(), log)
        headers = {"host": f"julu.view.localhost:{tcp_port}", "origin": origin}
        with httpx.Client(base_url=f"http://127.0.0.1:{tcp_port}", headers=headers, timeout=60) as client:
            assert client.get("/register").status_code == 200
            assert client.get("/api/info").json()["pinning"] is True
            stranger = Holder.new("019ab4ad-5c00-7c11-8a52-3c1f000000aa", "view.localhost", origin)
            assert post(client, stranger).status_code == 404
            holders = [Holder.new(person, "view.localhost", origin) for person in persons]
            assert post(client, holders[0], ["viewer"]).status_code == 403
            first = post(client, holders[0]).json()["registration_id"]
            assert post(client, Holder.new(persons[0], "view.localhost", origin)).status_code == 409
            said = until(lambda: re.search(r"does the page show (\w{4} \w{4} \w{4})", log.read_text()), log)
            assert said[1] == number(holders[0]) and not out.exists()
            answer(process, "y")
            until(lambda: state(client, first) == "registered", log)
            # A number that differs: no. The person comes again with the right page.
            wrong = post(client, holders[1]).json()["registration_id"]
            answer(process, "n")
            until(lambda: state(client, wrong) == "expired", log)
            assert not out.exists()
            holders[1] = Holder.new(persons[1], "view.localhost", origin)
            second = post(client, holders[1]).json()["registration_id"]
            answer(process, "yes")
            until(lambda: state(client, second) == "registered", log)
        assert process.wait(60) == 0
    return out


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_while_it_asks_it_pins_nobody(
    begun: tuple[Path, dict[str, str], list[dict[str, str]], int, int], how: signal.Signals
) -> None:
    folder, _, administrators, _, room = begun
    log, out = folder / "pin.log", folder / "pin.json"
    words = ["keyholder", "pin", "--bureau", "julu", "--domain", "localhost", "--tcp-port", room]
    words += ["--enrol", folder / "server/enrol.json", "--out", out]
    person = next(one["person"] for one in administrators if one["role"] == "security-administrator")
    origin = f"http://julu.view.localhost:{room}"
    headers = {"host": f"julu.view.localhost:{room}", "origin": origin}
    with program(log, *words, stdin=programs.PIPE) as process:
        until(lambda: "/register?person=" in log.read_text(), log)
        with httpx.Client(base_url=f"http://127.0.0.1:{room}", headers=headers, timeout=60) as client:
            assert post(client, Holder.new(person, "view.localhost", origin)).status_code == 201
        until(lambda: "does the page show" in log.read_text(), log)
        process.send_signal(how)
        assert process.wait(60) == 1
    assert not out.exists() and "Traceback" not in log.read_text() and "Fatal" not in log.read_text()


def number(holder: Holder) -> str:
    from zhilu.keyholder.pinning import number_of

    return number_of(holder.registration(["security-administrator"]))


def answer(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdin
    process.stdin.write(text + "\n")
    process.stdin.flush()


def state(client: httpx.Client, id_: str) -> str:
    return str(client.get(f"/api/registrations/{id_}").json()["state"])


def post(client: httpx.Client, holder: Holder, roles: list[str] | None = None) -> httpx.Response:
    registration = holder.registration(roles or ["security-administrator"])
    body = {"registration": b64u(registration), "binding": holder.binding(), "aaguid": "00" * 16}
    return client.post("/api/registrations", json=body)


class Browser:
    """A person's browser at the county platform."""

    def __init__(self, address: str, authority: str) -> None:
        self.client = httpx.Client(
            base_url=address, headers={"host": authority, "accept-language": "en"}, timeout=60
        )

    def post(self, path: str, page: str, **fields: str) -> httpx.Response:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.client.get(page).text)
        assert token
        return self.client.post(path, data={"csrfmiddlewaretoken": token[1], **fields})


@pytest.fixture
def begun(tmp_path: Path) -> tuple[Path, dict[str, str], list[dict[str, str]], int, int]:
    """The server's home, each one's one-time password, who they are, and two TCP ports."""
    county_home.make_root(tmp_path / "root.pem")
    server, room = free_tcp_port(), free_tcp_port()
    words: list[object] = ["server", "init", "--home", tmp_path / "server", "--bureau", "julu"]
    words += ["--domain", "localhost", "--root", tmp_path / "root.pem", "--tcp-port", server]
    words += ["--keyholder-url", f"http://127.0.0.1:{room}"]
    words += ["--keyholder-authority", f"julu.view.localhost:{room}", "--name-zh", "巨鹿县税务局"]
    for one in FOUR:
        words += ["--administrator", one]
    told = [line.split("\t") for line in do(*words).splitlines() if "\t" in line]
    administrators = json.loads((tmp_path / "server/enrol.json").read_text())["administrators"]
    return tmp_path, {one[1]: one[3] for one in told}, administrators, server, room


def test_a_bureau_starts(begun: tuple[Path, dict[str, str], list[dict[str, str]], int, int]) -> None:
    folder, passwords, administrators, server, room = begun
    where: list[object] = ["--bureau", "julu", "--domain", "localhost", "--tcp-port", room]
    persons = [one["person"] for one in administrators if one["role"] == "security-administrator"]
    pinned = pin(folder, where, room, persons)
    words: list[object] = ["keyholder", "init", "--home", folder / "keyholder", *where, "--pin", pinned]
    words += ["--server-url", f"http://127.0.0.1:{server}", "--server-authority", f"julu.localhost:{server}"]
    do(*words, "--escrow-out", folder / "escrow.pem")
    enrol = folder / "keyholder/enrol.json"
    assert "2 entries" in do("server", "keyholder", "--home", folder / "server", "--enrol", enrol)
    logs = folder / "server.log", folder / "keyholder.log"
    with (
        program(logs[0], "server", "run", "--home", folder / "server"),
        program(logs[1], "keyholder", "run", "--home", folder / "keyholder"),
    ):
        until(lambda: "127.0.0.1" in logs[0].read_text(), logs[0])
        sign_in_for_the_first_time(server, passwords["chenxiao"])
        until(lambda: kinds(folder / "server").count("credential-registered/1") == 2, logs[1])
    assert kinds(folder / "server").count("account-changed/1") == 5


def sign_in_for_the_first_time(tcp_port: int, given: str) -> None:
    """One's own password, a second factor, and only then a page."""
    browser = Browser(f"http://127.0.0.1:{tcp_port}", f"julu.localhost:{tcp_port}")
    assert browser.post("/login", "/login", username="chenxiao", password=given).status_code == 302
    assert browser.client.get("/accounts").headers["location"] == "/account/password"
    own = {"old": given, "new": "Mine-2026-b", "again": "Mine-2026-b"}
    assert browser.post("/account/password", "/account/password", **own).status_code == 302
    assert browser.client.get("/accounts").headers["location"] == "/account/factors"
    page = browser.client.get("/account/factors").text
    letters = re.search(r'<code class="z-break">([A-Z2-7 ]+)<', page)
    assert letters
    code = pyotp.TOTP(letters[1].replace(" ", "")).now()
    added = browser.post("/account/factors", "/account/factors", do="app", name="phone", code=code)
    assert added.status_code == 302, added.text
    assert "孙敏" in browser.client.get("/accounts").text


def kinds(home: Path) -> list[str]:
    import sqlite3

    with sqlite3.connect(f"file:{home / 'db.sqlite3'}?mode=ro", uri=True, timeout=10) as database:
        return [kind for (kind,) in database.execute('SELECT kind FROM ledger_entry ORDER BY "index"')]
