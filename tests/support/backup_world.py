"""What the tests of backup and restore need beside a home: programs that work on a home in a process of their
own, and a cosigner that answers by HTTP.

    python -m support.backup_world store HOME FILM    a county that stores one recording; FILM keeps it
    python -m support.backup_world bring HOME FILM    the recorder that still has it brings it again
    python -m support.backup_world film HOME FILM     as store, but the recording is still to be brought
    python -m support.backup_world grant HOME         a viewing of it, approved and released; says the grant
    python -m support.backup_world busy HOME          commits until it is ended; says each number of entries
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from support import programs

PROGRAM = (sys.executable, "-m", "support.backup_world")


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))}
    return kept | {"PYTHONPATH": str(Path(__file__).parent.parent)}


def run(deed: str, *words: object) -> str:
    command = [*PROGRAM, deed, *map(str, words)]
    done = programs.run(command, capture_output=True, text=True, env=environment(), timeout=500)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def busy(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Somebody who commits all the time; has begun."""
    process = programs.Popen(
        [*PROGRAM, "busy", str(home)], stdout=programs.PIPE, text=True, env=environment()
    )
    try:
        assert process.stdout is not None and process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait(60)


@contextmanager
def cosigner(home: Path, ahead: int = 0) -> Iterator[Any]:
    """The keyholder's half of the comparison, at an address that is entered in the home's settings. It has
    seen what the home published, and `ahead` entries more."""
    from support.county_world import InProcessCosigner
    from zhilu.server import config
    from zhilu.server.ledger.services.publish import load_signer
    from zhilu.tlog import checkpoint as checkpoints
    from zhilu.tlog.note import Note

    known = InProcessCosigner(load_signer(config.load(home)))
    said = checkpoints.parse(Note.parse(newest_note(home)).text)
    known.state = (said.size + ahead, said.root if not ahead else bytes(32))

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = known.post(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["content-type"])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    toml = home / "server.toml"
    toml.write_text(toml.read_text().replace("http://127.0.0.1:9", f"http://127.0.0.1:{server.server_port}"))
    assert str(server.server_port) in toml.read_text()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()


def newest_note(home: Path) -> bytes:
    return bytes(sql(home, "SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")[0][0])


def sql(home: Path, statement: str) -> list[Any]:
    """Rows, from whatever database the home has."""
    import sqlite3

    import psycopg

    from zhilu.server import config

    url = config.load(home).database_url
    if url:
        with psycopg.connect(url) as database:
            return database.execute(statement).fetchall()
    with sqlite3.connect(home / "db.sqlite3") as lite:
        return lite.execute(statement).fetchall()


def _founded(home: Path) -> Any:
    from support.county_world import CountyWorld
    from support.recordings import fixed_key
    from zhilu.pki.certificates import key_pem
    from zhilu.server.commands import boot

    config = boot.start(home)
    config.text_key.write_bytes(key_pem(fixed_key("text")))
    world = CountyWorld(config)
    world.found()
    world.publish()
    return world


def _store(home: Path, film: Path) -> None:
    world = _founded(home)
    film.write_bytes(pickle.dumps(world.store()))
    _login()
    world.publish()


def _film(home: Path, film: Path) -> None:
    """With a segment as long as one may be; logbook and handover are there already."""
    from zhilu.sealed.segments import MAX_SEGMENT

    world = _founded(home)
    world.maker.segments = [b"init", bytes(MAX_SEGMENT), b"the end"]
    made = world.film()
    assert {world.put_logbook(made).status_code, world.put_handover(made).status_code} <= {200, 201}
    film.write_bytes(pickle.dumps(made))
    _login()


def _login() -> None:
    from support.county_world import OFFICER, PASSWORD
    from zhilu.server.organisation.services.accounts import set_account

    set_account("zhang", PASSWORD, OFFICER)


def _grant(home: Path) -> None:
    from support.county_world import CountyWorld
    from zhilu.server.commands import boot

    world = CountyWorld(boot.start(home))
    world.register_credentials()
    viewing = world.view()
    assert world.release(viewing).status_code == 201
    print(world.grant(viewing))


def _bring(home: Path, film: Path) -> None:
    """As the station does at the next docking: what is wanted is asked for by its recorder's name."""
    import json

    from support.county_world import RECORDING, CountyWorld
    from zhilu.server.commands import boot

    config = boot.start(home)
    world, kept = CountyWorld(config), pickle.loads(film.read_bytes())
    path = f"/intake/recorders/{world.recorder.kid}/wanted"
    wanted = json.loads(world.request("GET", path).content)["recordings"]
    assert wanted == [{"id": str(RECORDING), "handover": kept.handover}], wanted
    answers = [world.put_journal(kept), *(world.put_segment(i, data) for i, data in enumerate(kept.media))]
    answers.append(world.complete())
    assert all(answer.status_code == 200 for answer in answers), [answer.content for answer in answers]
    print(json.loads(world.request("GET", f"/intake/recordings/{RECORDING}").content)["state"])


def _busy(home: Path) -> None:
    from zhilu.server.commands import boot

    config = boot.start(home)
    from zhilu.server.ledger.clock import new_id
    from zhilu.server.ledger.events import read
    from zhilu.server.ledger.services.commit import Proposal, commit_all

    while True:
        event = read("person-added/1", {"person": str(new_id())})
        done = commit_all([Proposal(event, config.bureau, {"name": "新人", "number": ""})])
        print(done[-1].index + 1, flush=True)


if __name__ == "__main__":
    deeds: dict[str, Any] = {
        "store": _store,
        "bring": _bring,
        "busy": _busy,
        "film": _film,
        "grant": _grant,
    }
    deeds[sys.argv[1]](*map(Path, sys.argv[2:]))
