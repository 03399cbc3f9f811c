"""`zhilu server …` as processes; on SQLite, and the audit on PostgreSQL too."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from support import county_home
from support.county_home import zhilu
from support.recordings import RECORDING
from support.recordings import test_id as named_id
from zhilu.errors import CallerError
from zhilu.server.commands.load import read as read_events


@pytest.fixture
def home(new_home: Callable[[str], Path]) -> Path:
    """A copy of its own for each test."""
    return new_home("sqlite")


def sql(home: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(home / "db.sqlite3") as database:
        database.execute(statement, values)


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The one plain line of a refusal."""
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == "" and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    return done.stderr


class TestInit:
    def words(self, tmp_path: Path, **change: object) -> list[object]:
        county_home.make_root(tmp_path / "root.pem")
        options = {
            "home": tmp_path / "h",
            "bureau": "julu",
            "domain": "localhost",
            "root": tmp_path / "root.pem",
        }
        return [word for name, value in (options | change).items() for word in (f"--{name}", value)]

    def test_keys_are_secret_and_the_enrolment_is_public(self, tmp_path: Path) -> None:
        assert zhilu("init", *self.words(tmp_path)).returncode == 0
        home = tmp_path / "h"
        for name in ("ledger.key", "text.key", "secret.key"):
            assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        enrolment = json.loads((home / "enrol.json").read_text())
        assert enrolment["origin"] == "julu.localhost/ledger" and "d" not in enrolment["text_key"]
        assert enrolment["ledger"].startswith("julu.localhost/ledger+")

    def test_a_home_is_made_once(self, tmp_path: Path) -> None:
        zhilu("init", *self.words(tmp_path))
        key = (tmp_path / "h/ledger.key").read_bytes()
        assert "[exists]" in said(zhilu("init", *self.words(tmp_path)))
        assert (tmp_path / "h/ledger.key").read_bytes() == key

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"bureau": "Jù Lù"}, "server-config"),
            ({"domain": "x y"}, "server-config"),
            ({"root": "/dev/null"}, "root"),
            ({"tcp-port": 70000}, "server-config"),
            ({"database": "mysql://x/y"}, "server-config"),
            ({"database": "postgresql://nobody@127.0.0.1:1/none"}, "database"),
        ],
    )
    def test_nothing_half_made_stays(self, tmp_path: Path, change: dict[str, object], code: str) -> None:
        assert f"[{code}]" in said(zhilu("init", *self.words(tmp_path, **change)))
        assert [path.name for path in tmp_path.iterdir()] == ["root.pem"]

    def test_refusals_are_chinese_by_default(self, tmp_path: Path) -> None:
        assert "不是可读的证书" in said(zhilu("init", *self.words(tmp_path, root="/dev/null"), lang="zh"))


class TestImport:
    def load(self, home: Path, tmp_path: Path, events: object) -> subprocess.CompletedProcess[str]:
        (tmp_path / "events.json").write_text(json.dumps(events))
        return zhilu("import", "--home", home, tmp_path / "events.json")

    def person(self, name: str) -> dict[str, object]:
        return {"kind": "person-added/1", "core": {"person": str(named_id(name))}, "personal": {"name": name}}

    def test_all_or_none(self, home: Path, tmp_path: Path) -> None:
        good = self.person("one")
        assert self.load(home, tmp_path, [good]).returncode == 0
        assert "person-known" in said(self.load(home, tmp_path, [self.person("two"), good]))
        assert self.load(home, tmp_path, [self.person("two")]).returncode == 0
        assert zhilu("audit", "--home", home).returncode == 0

    @pytest.mark.parametrize(
        ("events", "code"),
        [
            ({}, "import-file"),
            ([], "import-file"),
            ([1], "import-event"),
            ([{"kind": "person-added/1"}], "import-event"),
            ([{"kind": "person-added/1", "core": {}, "personal": 1}], "import-event"),
        ],
    )
    def test_files_of_another_form(self, tmp_path: Path, events: object, code: str) -> None:
        (tmp_path / "events.json").write_text(json.dumps(events))
        with pytest.raises(CallerError) as refused:
            read_events(tmp_path / "events.json")
        assert refused.value.code == code

    def test_bad_events_are_one_plain_line(self, home: Path, tmp_path: Path) -> None:
        for events, code in (
            ([{"kind": "person-added/1", "core": {"person": 1}}], "field"),
            ([{"kind": "unknown/1", "core": {}}], "kind"),
            ([1], "import-event"),
        ):
            assert f"[{code}]" in said(self.load(home, tmp_path, events))

    def test_files_that_cannot_be_read(self, home: Path, tmp_path: Path) -> None:
        assert "import-file" in said(zhilu("import", "--home", home, tmp_path / "none"))
        (tmp_path / "bad").write_bytes(b"\xff{")
        assert "import-file" in said(zhilu("import", "--home", home, tmp_path / "bad"))


class TestAccount:
    def test_made_renewed_and_refused(self, home: Path) -> None:
        person = str(named_id("approver"))
        words = ("account", "--home", home, "--person", person, "--login", "liu")
        assert "[password-weak]" in said(zhilu(*words, input="password\n"))
        assert "has been made" in zhilu(*words, input="Zhilu-2027!\n").stdout
        assert "new password" in zhilu(*words, input="Zhilu-2028!\n").stdout
        other = ("account", "--home", home, "--person", str(named_id("nobody")), "--login", "x1")
        assert "[person-unknown]" in said(zhilu(*other, input="Zhilu-2027!\n"))
        taken = ("account", "--home", home, "--person", str(named_id("admin 2")), "--login", "liu")
        assert "[user-known]" in said(zhilu(*taken, input="Zhilu-2027!\n"))


class TestAudit:
    def test_a_true_home_passes_and_may_be_rebuilt(self, home: Path) -> None:
        done = zhilu("audit", "--home", home)
        assert done.returncode == 0, done.stdout
        assert zhilu("rebuild", "--home", home).returncode == 0
        assert zhilu("audit", "--home", home).returncode == 0

    def found(self, home: Path, tampering: dict[str, str]) -> None:
        """Each of these statements, done to one home, leads to the line that it must lead to."""
        for statement in tampering:
            sql(home, statement)
        done = zhilu("audit", "--home", home)
        assert done.returncode == 1, done.stdout + done.stderr
        assert [place for place in tampering.values() if place not in done.stdout] == []

    def test_rows_changed_added_and_taken_away(self, home: Path) -> None:
        one = "(SELECT id FROM organisation_role WHERE role='{}' LIMIT 1)"
        officer, viewer, approver = (one.format(role) for role in ("officer", "viewer", "approver"))
        self.found(
            home,
            {
                "UPDATE evidence_recording SET bay='x' WHERE origin='camera'": "column bay",
                "UPDATE evidence_recording SET officer_check='fprintd+key'": "column officer_check",
                "UPDATE organisation_person SET name='别人'": "column name",
                "DELETE FROM evidence_keyrelease": ": missing",
                f"UPDATE organisation_role SET scope='7' WHERE id={officer}": "column scope",
                # Read through their types these look right, and no query finds them any more.
                f"UPDATE organisation_role SET person=upper(person) WHERE id={viewer}": "column person",
                f"UPDATE organisation_role SET at=replace(at,' ','T') WHERE id={approver}": "column at",
                "UPDATE evidence_recording SET drill=2 WHERE drill=1": "column drill",
                "UPDATE organisation_department SET id=upper(id)": "organisation.department",
                "DROP INDEX role_once": "organisation.role: constraint role_once",
                "INSERT INTO organisation_role (entry,id,person,role,at,by,ended_by,reason) SELECT 9, 9999, "
                "person, 'viewer', at, by, '', '' FROM organisation_role WHERE role='viewer' LIMIT 1": (
                    "organisation.role 9999: not in the ledger"
                ),
            },
        )

    def test_entries_that_are_not_as_published(self, home: Path) -> None:
        self.found(
            home,
            {
                "UPDATE ledger_entry SET kind='person-added/1' WHERE \"index\"=25": "entry 25: columns",
                "UPDATE ledger_entry SET core=X'7b7d' WHERE \"index\"=26": "entry 26: core",
                "UPDATE ledger_entry SET leaf=replace(leaf,'julu','luju') WHERE \"index\"=27": "checkpoint",
                'UPDATE ledger_entry SET personal=NULL WHERE "index"=(SELECT min("index") FROM ledger_entry '
                "WHERE kind='person-added/1')": ": personal-missing",
            },
        )

    def test_entries_that_are_gone(self, home: Path) -> None:
        self.found(
            home,
            {
                'DELETE FROM ledger_entry WHERE "index"=25': "hole",
                'DELETE FROM ledger_entry WHERE "index">=60': "beyond the entries",
            },
        )

    def test_a_rebuild_brings_the_tables_back(self, home: Path) -> None:
        sql(home, "UPDATE organisation_person SET name='别人'")
        sql(home, "DELETE FROM evidence_actspan")
        assert zhilu("rebuild", "--home", home).returncode == 0
        assert zhilu("audit", "--home", home).returncode == 0

    @pytest.mark.parametrize(
        ("statement", "code"),
        [
            ("UPDATE ledger_entry SET core=X'7b7d' WHERE \"index\"=25", "rebuild-ledger"),
            ('DELETE FROM ledger_entry WHERE "index">=60', "rebuild-ledger"),
            ("UPDATE ledger_entry SET leaf=replace(leaf,'julu','luju') WHERE \"index\"=3", "rebuild-ledger"),
            (
                "CREATE TRIGGER t BEFORE INSERT ON organisation_role BEGIN SELECT raise(ABORT, 'x'); END",
                "rebuild-apply",
            ),
        ],
    )
    def test_no_rebuild_from_what_was_not_published(self, home: Path, statement: str, code: str) -> None:
        """Nor half of one."""
        sql(home, "UPDATE organisation_person SET name='别人'")
        sql(home, statement)
        assert f"[{code}]" in said(zhilu("rebuild", "--home", home))
        with sqlite3.connect(home / "db.sqlite3") as database:
            assert database.execute("SELECT DISTINCT name FROM organisation_person").fetchall() == [("别人",)]

    def test_on_postgresql(self, new_home: Callable[[str], Path]) -> None:
        home = new_home("postgresql")
        url = tomllib.loads((home / "server.toml").read_text())["database"]["url"]
        assert zhilu("audit", "--home", home).returncode == 0
        with psycopg.connect(url, autocommit=True) as database:
            database.execute("UPDATE evidence_recording SET drill = NOT drill")
        assert zhilu("audit", "--home", home).returncode == 1
        assert zhilu("rebuild", "--home", home).returncode == 0
        assert zhilu("audit", "--home", home).returncode == 0


class TestCheckStore:
    def test_what_is_lost_is_named_and_wanted(self, home: Path) -> None:
        """Thirty recordings of this home are known to the ledger alone; one more is taken from the store."""
        shutil.rmtree(home / "store/recordings" / str(RECORDING))
        checked = zhilu("check-store", "--home", home)
        assert checked.returncode == 1 and f"{RECORDING}: not in the store" in checked.stdout
        with sqlite3.connect(home / "db.sqlite3") as database:
            assert database.execute("SELECT count(*) FROM evidence_wanted").fetchone() == (31,)


class TestEvidence:
    def test_written_beside_others_never_over_them(self, home: Path, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out/trust.json").write_text("{}")
        words = ("evidence", "--home", home, "--recording", RECORDING, "--out", tmp_path / "out")
        assert zhilu(*words).returncode == 0
        found = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*"))
        assert found == [
            "logbook.jws",
            "receipt.json",
            "recording/journal.jws",
            "recording/media.sealed",
            "trust.json",
        ]
        assert "[out-exists]" in said(zhilu(*words))

    def test_unknown_recordings(self, home: Path, tmp_path: Path) -> None:
        for recording, code in ((named_id("none"), "recording-unknown"), ("x", "uuid")):
            words = ("evidence", "--home", home, "--recording", recording, "--out", tmp_path / "out")
            assert f"[{code}]" in said(zhilu(*words))
        assert not (tmp_path / "out").exists()


class TestRun:
    @pytest.fixture
    def served(self, home: Path) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
        text = (home / "server.toml").read_text().replace('"http://127.0.0.1:9"', '"http://127.0.0.1:1"')
        (home / "server.toml").write_text(text)
        environ = {n: v for n, v in os.environ.items() if not n.startswith(("DJANGO_", "ZHILU_"))}
        command = [sys.executable, "-m", "zhilu.cli", "--lang", "en", "server", "run", "--home", str(home)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        yield process, "http://" + line.rsplit(" ", 1)[1].strip(), home
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stdout.close()
        assert process.stderr is not None
        process.stderr.close()

    def test_it_serves_and_ends_on_sigterm(self, served: tuple[subprocess.Popen[str], str, Path]) -> None:
        process, url, home = served
        with httpx.Client(
            base_url=url, headers={"host": "julu.example"}, trust_env=False, timeout=60
        ) as client:
            for _ in range(600):
                try:
                    answer = client.get("/login")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            assert answer.status_code == 200 and "登录" in answer.text
            assert client.get("/static/zhilu/site.css").status_code == 200
            assert client.get("/login", headers={"host": "evil.example"}).status_code == 400
        self.second_is_refused(home, url)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0

    def second_is_refused(self, home: Path, url: str) -> None:
        assert "[work-running]" in said(zhilu("work", "--home", home))
        assert "[work-running]" in said(zhilu("run", "--home", home))

    def test_a_tcp_port_in_use_is_one_plain_line(self, home: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            text = (home / "server.toml").read_text().replace("tcp_port = 0", f"tcp_port = {port}")
            (home / "server.toml").write_text(text)
            assert f"TCP port {port}" in said(zhilu("run", "--home", home))

    def test_a_home_that_is_none(self, tmp_path: Path) -> None:
        for command in ("run", "work", "audit", "rebuild"):
            assert "[server-home]" in said(zhilu(command, "--home", tmp_path))
        assert list(tmp_path.iterdir()) == []
