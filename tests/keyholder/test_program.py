"""`zhilu keyholder init` and `run` as real commands: what is made, what is refused, what is left behind."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support import programs
from support.keyholder_world import BUREAU, LEDGER_ORIGIN, RP_ID, pin_body
from zhilu import cli
from zhilu.encoding import b64u
from zhilu.keyholder import config as configs
from zhilu.sealed.keys import load_private_key, public_jwk
from zhilu.softkey.ceremonies import Holder
from zhilu.tlog.note import NoteSigner

ADMINISTRATORS = ("019ab4ad-5c00-7c11-8a52-3c1f000000c1", "019ab4ad-5c00-7c11-8a52-3c1f000000c2")
VIEWER, OTHER = "019ab4ad-5c00-7c11-8a52-3c1f000000a1", "019ab4ad-5c00-7c11-8a52-3c1f000000c3"

STRANGER_UID = 61617  # has no account


@dataclass(frozen=True)
class Done:
    returncode: int
    stderr: str


class Place:
    def __init__(self, folder: Path, tcp_port: int) -> None:
        self.folder, self.tcp_port = folder, tcp_port
        self.home, self.escrow, self.pin = folder / "K", folder / "escrow.pem", folder / "pin.json"
        self.authority = f"{BUREAU}.view.localhost:{tcp_port}"
        self.ledger = NoteSigner(LEDGER_ORIGIN, Ed25519PrivateKey.generate())
        self.admins = [Holder.new(name, RP_ID, f"http://{self.authority}") for name in ADMINISTRATORS]
        self.write_pin()

    def write_pin(self, **changed: Any) -> None:
        self.pin.write_text(json.dumps(pin_body(self.ledger.vkey, self.admins) | changed))

    def zhilu(self, *arguments: object) -> Done:
        """One command in this process: a start of Python for each would take minutes."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = cli.main(["--lang", "en", "keyholder", *map(str, arguments)])
        return Done(code, err.getvalue())

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "zhilu.cli", "--lang", "en", "keyholder", *map(str, arguments)]

    def init(self, *more: object) -> Done:
        return self.zhilu(
            *("init", "--home", self.home, "--bureau", BUREAU, "--domain", "localhost"),
            *("--tcp-port", self.tcp_port, "--server-url", "http://127.0.0.1:9"),
            *(
                "--server-authority",
                "julu.localhost:9",
                "--pin",
                self.pin,
                "--escrow-out",
                self.escrow,
                *more,
            ),
        )

    @contextmanager
    def running(self, *more: object) -> Iterator[subprocess.Popen[str]]:
        process = programs.Popen(
            self.command("run", "--home", self.home, *more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def info(self) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.tcp_port}/api/info"
        request = urllib.request.Request(url, headers={"Host": self.authority})
        with urllib.request.urlopen(request, timeout=60) as answer:
            body: dict[str, Any] = json.load(answer)
            return body


@pytest.fixture
def place(tmp_path: Path, free_tcp_port: int) -> Place:
    return Place(tmp_path, free_tcp_port)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_init_makes_keys_and_tells_the_public_ones(place: Place) -> None:
    done = place.init("--name-zh", '巨鹿县"税务局"', "--name-en", "Julu")
    assert done.returncode == 0, done.stderr
    assert names(place.home) == {
        *("bureau.key", "request.key", "cosigner.key", "pinned.json", "keyholder.toml", "enrol.json"),
        *("state.db", "local.db"),
    }
    assert place.home.stat().st_mode & 0o777 == 0o700
    for name in ("bureau.key", "request.key", "cosigner.key", "state.db", "local.db"):
        assert (place.home / name).stat().st_mode & 0o077 == 0, name
    assert place.escrow.stat().st_mode & 0o777 == 0o600
    enrol = json.loads((place.home / "enrol.json").read_text())
    keys = {
        "jwk": place.home / "bureau.key",
        "escrow_jwk": place.escrow,
        "request_jwk": place.home / "request.key",
    }
    for name, path in keys.items():
        assert enrol[name] == public_jwk(load_private_key(path.read_bytes()).public_key())
        assert "d" not in enrol[name]
    assert len({json.dumps(enrol[name]) for name in keys}) == 3
    config = configs.load(place.home)
    assert config.name == {"zh": '巨鹿县"税务局"', "en": "Julu"}
    assert (config.origin, config.rp_id) == (f"http://{place.authority}", RP_ID)
    assert config.ledger_vkey == place.ledger.vkey
    assert b"PRIVATE" not in (place.home / "enrol.json").read_bytes()


def test_the_escrow_key_is_nowhere_in_the_home(place: Place) -> None:
    assert place.init().returncode == 0
    secret = load_private_key(place.escrow.read_bytes()).private_numbers().private_value.to_bytes(32, "big")
    for path in place.home.iterdir():
        assert secret not in path.read_bytes()
        assert secret.hex() not in path.read_bytes().hex()
        assert place.escrow.read_bytes() not in path.read_bytes()


def test_init_overwrites_nothing(place: Place) -> None:
    assert place.init().returncode == 0
    before = {path: path.read_bytes() for path in (*place.home.iterdir(), place.escrow)}
    for escrow in (place.escrow, place.folder / "other.pem"):
        place.escrow = escrow
        done = place.init()
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert "[exists]" in done.stderr
    assert {path: path.read_bytes() for path in before} == before
    assert not (place.folder / "other.pem").exists()


@pytest.mark.parametrize("where", ["exists", "inside"])
def test_the_escrow_key_goes_to_a_new_file_outside(place: Place, where: str) -> None:
    if where == "exists":
        place.escrow.write_text("something")
    else:
        place.escrow = place.home / "escrow.pem"
    done = place.init()
    assert done.returncode == 2
    assert "escrow-out" in done.stderr
    assert not place.home.exists()


def test_a_place_that_cannot_be_written_leaves_nothing(place: Place) -> None:
    place.escrow = place.folder / "missing" / "escrow.pem"
    done = place.init()
    assert (done.returncode, "[write]" in done.stderr) == (2, True)
    assert names(place.folder) == {"pin.json"}


def pins(place: Place) -> list[dict[str, Any]]:
    body: list[dict[str, Any]] = json.loads(place.pin.read_text())["security_administrators"]
    return body


def test_the_places_of_pin_and_init_are_one(place: Place) -> None:
    done = place.init("--origin", f"https://{place.authority}")
    assert done.returncode == 2 and "pin-origin" in done.stderr and f"http://{place.authority}" in done.stderr
    done = place.init("--origin", "https://room.example")
    assert "[origin]" in done.stderr and f"https://{BUREAU}.view.localhost" in done.stderr
    assert not place.home.exists()


def test_pins_that_are_refused(place: Place) -> None:
    good = pins(place)
    viewer = Holder.new(VIEWER, RP_ID, f"http://{place.authority}")
    elsewhere = Holder.new(OTHER, RP_ID, "http://other.view.localhost:1")
    no_admin = {"registration": b64u(viewer.registration(["viewer"])), "binding": viewer.binding()}
    other_room = pin_body(place.ledger.vkey, [elsewhere])["security_administrators"]
    attacks: list[dict[str, Any]] = [
        {"security_administrators": good[:1]},
        {"security_administrators": [*good, good[0]]},
        {"security_administrators": [good[0], good[0]]},
        {"security_administrators": [good[0], no_admin]},
        {"security_administrators": [good[0], {**good[1], "binding": good[0]["binding"]}]},
        {"security_administrators": [{"person": ADMINISTRATORS[0], "credential": "x"}] * 2},
        {"security_administrators": "x"},
        {"ledger": "x"},
    ]
    for change in attacks:
        place.write_pin(**change)
        done = place.init()
        assert (done.returncode, "[pin]" in done.stderr) == (2, True), (change, done.stderr)
        assert not place.home.exists()
        assert not place.escrow.exists()
    place.write_pin(security_administrators=[good[0], *other_room])
    assert "[pin-origin]" in place.init().stderr
    for text in ("", "x", "[]"):
        place.pin.write_text(text)
        assert place.init().returncode == 2
    place.pin.unlink()
    assert "[pin]" in place.init().stderr


@pytest.mark.parametrize(
    "option",
    [
        ("--bureau", "Julu!"),
        ("--origin", "http://julu.view.localhost/path"),
        ("--origin", "http://evil.example"),
        ("--ciphertext-origin", "http://a; script-src *"),
        ("--tcp-port", "70000"),
        ("--server-url", "ftp://x"),
    ],
)
def test_options_that_are_refused(place: Place, option: tuple[str, str]) -> None:
    done = place.init(*option)
    assert done.returncode == 2
    assert done.stderr.startswith("zhilu keyholder: ")
    assert "Traceback" not in done.stderr
    assert not place.home.exists()


def test_run_serves_until_it_is_told_to_end(place: Place) -> None:
    assert place.init().returncode == 0
    with place.running() as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Viewing room open at http://{place.authority}\n"
        assert place.info()["bureau"] == BUREAU
        second = place.zhilu("run", "--home", place.home)
        assert (second.returncode, "[tcp-port]" in second.stderr) == (2, True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        place.info()


def test_two_processes_do_not_share_a_home(place: Place) -> None:
    assert place.init().returncode == 0
    with place.running() as process:
        assert process.stdout is not None
        process.stdout.readline()
        toml = place.home / configs.FILE
        toml.write_text(toml.read_text().replace(f"tcp_port = {place.tcp_port}", "tcp_port = 0"))
        second = place.zhilu("run", "--home", place.home)
        assert (second.returncode, "[running]" in second.stderr) == (2, True)


def test_run_gives_up_root_where_it_is_root(place: Place) -> None:
    assert place.init().returncode == 0
    place.folder.chmod(0o711)
    with place.running("--user", STRANGER_UID) as process:
        assert process.stdout is not None
        if os.geteuid() != 0:
            assert process.wait(60) == 2
            return
        assert process.stdout.readline() == f"The keyholder now runs as user {STRANGER_UID}, not as root.\n"
        process.stdout.readline()
        status = Path(f"/proc/{process.pid}/status").read_text()
        ids = {
            line.split()[0]: line.split()[1:] for line in status.splitlines() if line[:3] in ("Uid", "Gid")
        }
        assert ids["Uid:"] == ids["Gid:"] == [str(STRANGER_UID)] * 4
        assert "\nGroups:\t \n" in status or "\nGroups:\t\n" in status
        assert place.home.stat().st_uid == STRANGER_UID
        assert place.home.stat().st_mode & 0o777 == 0o700
        assert place.info()["bureau"] == BUREAU
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_an_unknown_user_is_one_plain_line(place: Place) -> None:
    assert place.init().returncode == 0
    for user in ("nobody-of-that-name", "99999999999999999999", "-1"):
        done = place.zhilu("run", "--home", place.home, f"--user={user}")
        assert (done.returncode, "[user]" in done.stderr) == (2, True), done.stderr


DAMAGE = {
    "bureau.key": "private-key",
    "request.key": "private-key",
    "cosigner.key": "key",
    "pinned.json": "pinned",
    "keyholder.toml": "config",
    "state.db": "state-db",
    "local.db": "state-db",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_home_is_one_plain_line(place: Place, name: str) -> None:
    assert place.init().returncode == 0
    (place.home / name).write_bytes(b"garbage " * 600)
    done = place.zhilu("run", "--home", place.home)
    assert done.returncode == 2, done.stderr
    assert f"[{DAMAGE[name]}]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", [*DAMAGE, ""])
def test_a_missing_file_is_one_plain_line_and_is_not_made_anew(place: Place, name: str) -> None:
    assert place.init().returncode == 0
    if name:
        (place.home / name).unlink()
    else:
        place.home = place.folder / "elsewhere"
    done = place.zhilu("run", "--home", place.home)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert not (place.home / (name or "x")).exists()


def test_a_ledger_key_that_is_none_is_one_plain_line(place: Place) -> None:
    assert place.init().returncode == 0
    toml = place.home / configs.FILE
    toml.write_text(toml.read_text().replace(place.ledger.vkey, "x+y+z"))
    done = place.zhilu("run", "--home", place.home)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
