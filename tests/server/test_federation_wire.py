"""A city and a county as processes with a network between them: followed, cut off, lied to, audited."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from support import programs
from support.county_home import make_root, zhilu
from support.neighbour import Ledger
from support.recordings import fixed_key
from zhilu.errors import DataError, WorldError, ZhiluError
from zhilu.protocols.federation import MAX_BATCH
from zhilu.sealed.keys import SoftSigner
from zhilu.server.federation.services.source import HttpSource

SIGNER = SoftSigner(fixed_key("requests of xingtai"))
Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def served(answer: Answer) -> Iterator[str]:
    """A server that answers everything so; its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                answer(self)
            except OSError:
                pass  # the follower has hung up
            self.close_connection = True

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def with_status(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(bytes(1 << 20))


def dripping(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"x")
        time.sleep(0.05)


def endless_hints(request: BaseHTTPRequestHandler) -> None:
    while True:
        request.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 10)


def dripping_head(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
    while True:
        request.wfile.write(b"a")
        time.sleep(0.05)


def hanging_up(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("content-length", "1000")
    request.end_headers()
    request.wfile.write(b"x" * 10)


@pytest.mark.parametrize(
    ("answer", "family", "code"),
    [
        (with_status(500), WorldError, "neighbour-away"),
        (with_status(302, location="http://127.0.0.1:1/"), WorldError, "neighbour-away"),
        (with_status(404, b"<html>"), DataError, "protocol"),
        (with_status(401, b'{"error":"keyid","hint":""}'), DataError, "keyid"),
        (with_status(401, b'{"error":"created","hint":""}'), DataError, "created"),
        (with_status(400, b'{"error":"fork","hint":""}'), DataError, "refusal-fork"),
        (with_status(400, b'{"error":"a\\n\\u001b[2Jall is well","hint":""}'), DataError, "refusal-unknown"),
        (endless, DataError, "answer-too-long"),
        (dripping, WorldError, "neighbour-away"),
        (endless_hints, WorldError, "neighbour-away"),
        (dripping_head, WorldError, "neighbour-away"),
        (hanging_up, WorldError, "neighbour-away"),
    ],
)
def test_whatever_a_neighbour_answers_has_a_code_and_an_end(
    answer: Answer, family: type[ZhiluError], code: str
) -> None:
    total_s = 0.5 if answer in (dripping, endless_hints, dripping_head) else 60
    with served(answer) as url, closing(HttpSource(url, "julu.example", SIGNER, total_s)) as source:
        with pytest.raises(family) as error:
            source.entries(0, 10)
        assert error.value.code == code


def test_after_an_answer_without_end_the_next_one_is_read() -> None:
    """Over the connection that is kept, too: the time is each answer's."""
    answers = [with_status(200, b"one"), dripping_head, with_status(200, b"two")]
    before = threading.active_count()

    def in_turn(request: BaseHTTPRequestHandler) -> None:
        answers.pop(0)(request)

    with served(in_turn) as url, closing(HttpSource(url, "julu.example", SIGNER)) as source:
        assert source.checkpoint() == b"one"
        source._deadline._total_s = 0.4
        with pytest.raises(WorldError):
            source.checkpoint()
        source._deadline._total_s = 60
        assert source.checkpoint() == b"two"
        assert threading.active_count() < before + 8


def test_nobody_there_is_away() -> None:
    source = HttpSource("http://127.0.0.1:1", "julu.example", SIGNER)
    with closing(source), pytest.raises(WorldError):
        source.checkpoint()


def test_no_proof_is_longer_than_it_may_be() -> None:
    big = with_status(200, bytes(70_000))
    with served(big) as url, closing(HttpSource(url, "julu.example", SIGNER)) as source:
        for ask in (source.checkpoint, lambda: source.tile("tile/0/000")):
            with pytest.raises(DataError) as error:
                ask()
            assert error.value.code == "answer-too-long"
        assert len(source.entries(0, 1)) == 70_000 < MAX_BATCH


@contextmanager
def running(*words: object) -> Iterator[None]:
    """`zhilu server …` until the end of the test."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
    }
    command = [sys.executable, "-m", "zhilu.cli", "--lang", "en", "server", *(str(word) for word in words)]
    process = programs.Popen(command, stdout=programs.PIPE, stderr=programs.STDOUT, text=True, env=environ)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def done(*words: object) -> str:
    result = zhilu(*words)
    assert result.returncode == 0, result.stderr
    return result.stdout


def new_city(folder: Path, port: int) -> Path:
    """Founded, with a keyholder that it will never reach."""
    home = folder / "city"
    names = ("--tier", "city", "--bureau", "xingtai", "--domain", "example", "--root", folder / "root.pem")
    done("init", "--home", home, *names, "--tcp-port", port)
    ledger = Ledger("xingtai", "city")
    founded = {"bureau": "xingtai", "domain": "example", "root": "0" * 64, "text_key": ledger.requests.jwk}
    peer = {"role": "keyholder", "name": "xingtai.view.example", "jwk": SIGNER.jwk}
    peer["cosigner"] = ledger.keyholder.vkey
    events = [{"kind": "bureau-founded/1", "core": founded}, {"kind": "peer-registered/1", "core": peer}]
    (folder / "founding.json").write_text(json.dumps(events))
    done("import", "--home", home, folder / "founding.json")
    return home


def join(home: Path, other: Path, port: int) -> None:
    said = other.with_suffix(".neighbour.json")
    done("export", "neighbour", "--home", other, "--out", said)
    done("join", "--home", home, "--neighbour", said, "--url", f"http://127.0.0.1:{port}")


def watched(city: Path) -> tuple[str, str, int]:
    """State, code and size, as the city's own database has them."""
    with closing(sqlite3.connect(f"file:{city}/db.sqlite3?mode=ro", uri=True)) as database:
        row = database.execute("SELECT state, code, applied FROM federation_watch").fetchone()
    return row or ("", "", 0)


def wait_for(city: Path, state: str) -> tuple[str, str, int]:
    until = time.monotonic() + 120
    while (found := watched(city))[0] != state:
        assert time.monotonic() < until, found
        time.sleep(0.2)
    return found


def made_again(city: Path, county: Path, folder: Path) -> None:
    """The county's home, of its keys and the city's mirror; still, until its keyholder was asked."""
    done("export", "mirror", "--home", city, "--bureau", "julu", "--out", folder / "julu.mirror")
    words = ("--from-mirror", folder / "julu.mirror", "--keys", county)
    again = zhilu("restore", *words, "--home", folder / "again")
    assert again.returncode == 1 and "NOT compared with the keyholder" in again.stdout, again.stderr
    assert (folder / "again" / "restored.json").exists()
    with (
        closing(sqlite3.connect(county / "db.sqlite3")) as a,
        closing(sqlite3.connect(folder / "again" / "db.sqlite3")) as b,
    ):
        size = b.execute("SELECT count(*) FROM ledger_entry").fetchone()[0]
        for table, where in RESTORED.items():
            statement = f"SELECT * FROM {table} {where.format(size=size)} ORDER BY 1"
            rows = b.execute(statement).fetchall()
            assert rows == a.execute(statement).fetchall() and rows, table
    refused = zhilu("restore", *words[:3], folder, "--home", folder / "none")
    assert refused.returncode == 2 and "[restore-keys]" in refused.stderr and not (folder / "none").exists()


def a_restored_city_has_its_mirrors(city: Path, size: int, folder: Path) -> None:
    done("backup", "--home", city, "--to", folder / "backups")
    (backup,) = (folder / "backups").glob("2*Z")
    assert (backup / "mirror-julu").stat().st_size > 10_000
    again = zhilu("restore", "--from", backup, "--home", folder / "city2")
    # No media, and its keyholder is not there.
    assert again.returncode == 1 and "NOT compared with the keyholder" in again.stdout, again.stderr
    with closing(sqlite3.connect(folder / "city2" / "mirrors" / "julu.sqlite3")) as mirror:
        assert mirror.execute("SELECT count(*) FROM ledger_entry").fetchone() == (size,)
        assert mirror.execute("SELECT applied FROM federation_mirror").fetchone() == (size,)


RESTORED = {
    "organisation_person": "",
    "evidence_recording": "",
    "evidence_act": "",
    "equipment_station": "",
    # What was edited above is whole again.
    "ledger_entry": 'WHERE "index" < {size} AND "index" <> 9',
    "ledger_checkpoint": "WHERE size = {size}",
}


def by_the_countys_administrator(county: Path) -> None:
    """Past the server, in its database."""
    with closing(sqlite3.connect(county / "db.sqlite3", timeout=60)) as database, database:
        database.execute("UPDATE equipment_recorder SET serial = 'X-1'")
        database.execute("UPDATE ledger_entry SET core = CAST('{}' AS BLOB) WHERE \"index\" = 9")


@pytest.mark.timeout(500)  # a dozen programs one after another: slow where the machine has much else to do
def test_a_real_county_is_followed_by_a_real_city_and_audited_there(
    new_home: Callable[[str], Path], tmp_path: Path, free_tcp_port: int
) -> None:
    county = new_home("sqlite")
    toml = county / "server.toml"
    toml.write_text(re.sub(r"tcp_port = \d+", f"tcp_port = {free_tcp_port}", toml.read_text()))
    make_root(tmp_path / "root.pem")
    city = new_city(tmp_path, 1)
    join(city, county, free_tcp_port)
    join(county, city, 1)
    with running("work", "--home", city):
        with running("run", "--no-work", "--home", county):
            _, code, applied = wait_for(city, "following")
            by_the_countys_administrator(county)
            asked = zhilu("audit", "--home", city, "--county", "julu")
        assert asked.returncode == 1, asked.stderr
        assert re.search(r"^entry 9: column core$", asked.stdout, re.MULTILINE)
        # A county whose keyholder is away publishes nothing: what came since is not here.
        assert "are not here yet: federation.joined, equipment.recorder\n" in asked.stdout
        made_again(city, county, tmp_path)
        a_restored_city_has_its_mirrors(city, applied, tmp_path)
        assert code == "" and applied > 40
        assert wait_for(city, "away")[1] == "neighbour-away"
    with closing(sqlite3.connect(county / "db.sqlite3")) as database:
        cosigned = database.execute("SELECT bureau, size FROM federation_cosigned").fetchall()
        names = set(database.execute("SELECT id, name FROM organisation_person"))
    assert cosigned == [("xingtai", applied)]
    mirror = city / "mirrors" / "julu.sqlite3"
    with closing(sqlite3.connect(mirror)) as database:
        assert set(database.execute("SELECT id, name FROM organisation_person")) == names
    with closing(sqlite3.connect(mirror)) as database, database:
        database.execute("UPDATE organisation_person SET name = '乱改' WHERE name = '张建国'")
        database.execute("UPDATE ledger_entry SET actor = 'another' WHERE \"index\" = 9")
    found = zhilu("audit", "--home", city)
    own, of_julu = found.stdout.split("Ledger of julu, as it is mirrored here:")
    assert found.returncode == 1 and "follows from the ledger" in own
    assert [line.partition(": ")[2] for line in of_julu.splitlines() if ": " in line][:-1] == [
        "columns",
        "column name",
    ]
