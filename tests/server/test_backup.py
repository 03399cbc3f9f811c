"""`zhilu server backup` and `restore`, as an operator runs them; on SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support import backup_world, county_home, programs
from support.backup_world import sql
from support.county_home import zhilu
from support.patience import until
from support.postgres import PostgresServer
from support.recordings import RECORDING
from zhilu.server.ledger.clock import new_id

pytestmark = pytest.mark.timeout(600)  # a program of its own at every step
ENGINES = pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
HomeMaker = Callable[[str], Path]


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county with one recording and one login. To be copied, never changed."""
    return made_in(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgresql: PostgresServer) -> tuple[Path, str]:
    url = postgresql.new_database()
    return made_in(tmp_path_factory.mktemp("postgresql"), url), url


def made_in(folder: Path, database: str = "") -> Path:
    county_home.make_root(folder / "root.pem")
    county_home.init(folder / "home", 0, folder / "root.pem", database)
    backup_world.run("store", folder / "home", folder / "film")
    return folder / "home"


@pytest.fixture(scope="module")
def backed_up(on_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it. To be copied, never changed."""
    folder = tmp_path_factory.mktemp("backed up")
    return backup(Path(shutil.copytree(on_sqlite, folder / "home")), folder / "kept")


@pytest.fixture
def new_home(request: pytest.FixtureRequest, tmp_path: Path) -> HomeMaker:
    """A home of one's own, on `sqlite` or `postgresql`."""

    def copy(engine: str) -> Path:
        if engine == "sqlite":
            return Path(shutil.copytree(request.getfixturevalue("on_sqlite"), tmp_path / "home"))
        source, url = request.getfixturevalue("on_postgresql")
        own = request.getfixturevalue("postgresql").new_database(like=url)
        home = Path(shutil.copytree(source, tmp_path / "home"))
        toml = home / "server.toml"
        toml.write_text(toml.read_text().replace(url, own))
        return home

    return copy


@pytest.fixture
def home(new_home: HomeMaker) -> Path:
    return new_home("sqlite")


def backup(home: Path, to: Path, *more: object) -> Path:
    """The newest backup after one more."""
    done = zhilu("backup", "--home", home, "--to", to, *more)
    assert done.returncode in (0, 1), done.stderr
    return max(to.glob("2*Z"))


def entries(home: Path) -> int:
    return int(sql(home, "SELECT count(*) FROM ledger_entry")[0][0])


def changed(backup: Path, name: str, data: bytes) -> None:
    """As somebody does who can write the manifest too."""
    (backup / name).write_bytes(data)
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["files"][name] = {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (backup / "manifest.json").write_text(json.dumps(manifest))


def refused(done: subprocess.CompletedProcess[str], code: str) -> None:
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert f"[{code}]" in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr


@ENGINES
def test_a_home_comes_back_elsewhere_row_by_row(
    new_home: HomeMaker, engine: str, postgresql: PostgresServer, tmp_path: Path
) -> None:
    home = new_home(engine)
    with backup_world.cosigner(home):
        made = backup(home, tmp_path / "kept", "--media")
        database = ["--database", postgresql.new_database()] if engine == "postgresql" else []
        done = zhilu("restore", "--from", made, "--home", tmp_path / "new", *database)
        assert done.returncode == 0, done.stderr
        assert "nothing beyond them" in done.stdout and "1, new 1, missing 0" in done.stdout
    shutil.rmtree(home)
    new = tmp_path / "new"
    assert entries(new) == json.loads((made / "manifest.json").read_text())["entries"] > 30
    assert zhilu("audit", "--home", new).returncode == 0
    assert zhilu("check-store", "--home", new).returncode == 0
    assert not (new / "restored.json").exists()
    assert (new / f"store/recordings/{RECORDING}/media.sealed").exists()
    assert sql(new, "SELECT count(*) FROM organisation_user")[0][0] == 1
    assert sql(new, "SELECT count(*) FROM organisation_session")[0][0] == 0


def test_a_backup_is_as_closed_as_the_home(home: Path, tmp_path: Path) -> None:
    made = backup(home, tmp_path / "kept", "--media")
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700
    assert (
        stat.S_IMODE(made.stat().st_mode) == stat.S_IMODE((tmp_path / "kept/media").stat().st_mode) == 0o700
    )
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.iterdir()} == {0o600}


def test_every_file_of_a_home_is_in_the_backup_or_known_not_to_be(home: Path, tmp_path: Path) -> None:
    made = backup(home, tmp_path / "kept")
    left_out = {"db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm", "store", "spool", "work.lock", "backup.at"}
    there = {path.name for path in home.iterdir()} - left_out
    assert there <= {path.name for path in made.iterdir()}


@ENGINES
def test_a_backup_while_entries_are_committed_is_of_one_moment(
    new_home: HomeMaker, engine: str, postgresql: PostgresServer, tmp_path: Path
) -> None:
    home = new_home(engine)
    before = entries(home)
    with backup_world.busy(home) as process:
        made = backup(home, tmp_path / "kept")
        held = json.loads((made / "manifest.json").read_text())["entries"]
        until(lambda: entries(home) > held)
        assert process.poll() is None and held > before
    database = ["--database", postgresql.new_database()] if engine == "postgresql" else []
    done = zhilu("restore", "--from", made, "--home", tmp_path / "new", *database)
    assert done.returncode == 1 and "cosigner-away" in done.stderr, done.stderr
    assert zhilu("audit", "--home", tmp_path / "new").returncode == 0


def test_what_the_county_lost_is_asked_for_again_after_a_restore(on_sqlite: Path, tmp_path: Path) -> None:
    """The whole path: store, backup without recordings, another machine, the recorder that still has it."""
    shutil.copytree(on_sqlite, tmp_path / "old")
    shutil.copy(on_sqlite.with_name("film"), tmp_path / "film")
    with backup_world.cosigner(tmp_path / "old"):
        made = backup(tmp_path / "old", tmp_path / "kept")
        shutil.rmtree(tmp_path / "old")
        done = zhilu("restore", "--from", made, "--home", tmp_path / "new")
    assert done.returncode == 1 and "check-store" in done.stdout, done.stderr
    looked = zhilu("check-store", "--home", tmp_path / "new")
    assert looked.returncode == 1 and f"{RECORDING}: not in the store" in looked.stdout
    before = entries(tmp_path / "new")
    assert backup_world.run("bring", tmp_path / "new", tmp_path / "film").strip() == "stored"
    assert entries(tmp_path / "new") == before
    assert zhilu("check-store", "--home", tmp_path / "new").returncode == 0
    # The next backup has it, compared with its journal.
    assert (
        "new 1, missing 0, damaged 0"
        in zhilu(
            "backup", "--home", tmp_path / "new", "--to", tmp_path / "kept", "--media", "--verify"
        ).stdout
    )


def test_a_county_behind_the_keyholder_keeps_still(home: Path, tmp_path: Path) -> None:
    with backup_world.cosigner(home, ahead=7) as cosigner:
        made, new = backup(home, tmp_path / "kept"), tmp_path / "new"
        size = json.loads((made / "manifest.json").read_text())["entries"]
        done = zhilu("restore", "--from", made, "--home", new)
        assert done.returncode == 1, done.stderr
        assert "[ledger-behind]" in done.stderr and "7 entries are missing" in done.stderr
        for command in ("run", "work"):
            refused(zhilu(command, "--home", new), "ledger-behind")
        person = {"kind": "person-added/1", "core": {"person": str(new_id())}, "personal": {"name": "x"}}
        (tmp_path / "events.json").write_text(json.dumps([person]))
        refused(zhilu("import", "--home", new, tmp_path / "events.json"), "ledger-behind")
        assert entries(new) == size and zhilu("audit", "--home", new).returncode == 0
        # What it was found to lack is there: it goes on.
        published = json.loads((new / "restored.json").read_text())["checkpoint_size"]
        cosigner.state = (published, roots(new, published))
        assert goes_on(new)
    assert not (new / "restored.json").exists()


def roots(home: Path, size: int) -> bytes:
    return bytes(sql(home, f"SELECT root FROM ledger_signedcheckpoint WHERE size = {size}")[0][0])


def goes_on(home: Path) -> bool:
    """`work` starts, says so, and is ended."""
    command = [sys.executable, "-m", "zhilu.cli", "--lang", "en", "server", "work", "--home", str(home)]
    process = programs.Popen(command, stdout=programs.PIPE, text=True, env=backup_world.environment())
    assert process.stdout is not None
    line = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    return "runs" in line


def test_a_restored_home_that_nobody_compared_keeps_still(home: Path, tmp_path: Path) -> None:
    made = backup(home, tmp_path / "kept")
    done = zhilu("restore", "--from", made, "--home", tmp_path / "new")
    assert done.returncode == 1 and "cosigner-away" in done.stderr and "NOT compared" in done.stdout
    refused(zhilu("run", "--home", tmp_path / "new"), "cosigner-away")


class TestIncremental:
    def test_a_second_backup_carries_only_what_is_new(self, home: Path, tmp_path: Path) -> None:
        backup(home, tmp_path / "kept", "--media")
        kept = tmp_path / f"kept/media/recordings/{RECORDING}/media.sealed"
        before = kept.stat()
        done = zhilu("backup", "--home", home, "--to", tmp_path / "kept", "--media")
        assert ", new 0," in done.stdout
        assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
        assert stat.S_IMODE(kept.stat().st_mode) == 0o444

    def test_a_damaged_object_is_found_by_its_journal(self, home: Path, tmp_path: Path) -> None:
        backup(home, tmp_path / "kept", "--media")
        kept = tmp_path / f"kept/media/recordings/{RECORDING}/media.sealed"
        data = bytearray(kept.read_bytes())
        data[len(data) // 2] ^= 1
        kept.unlink()
        kept.write_bytes(data)
        words = ("backup", "--home", home, "--to", tmp_path / "kept", "--media")
        assert "damaged 0" in zhilu(*words).stdout
        assert "damaged 1" in zhilu(*words, "--verify").stdout
        # Restored with --verify it is left out, so that it is asked for again.
        done = zhilu(
            "restore", "--from", max((tmp_path / "kept").glob("2*")), "--home", tmp_path / "n", "--verify"
        )
        assert "damaged 1" in done.stdout
        assert not (tmp_path / f"n/store/recordings/{RECORDING}").exists()

    def test_old_backups_go_and_recordings_stay(self, home: Path, tmp_path: Path) -> None:
        first = backup(home, tmp_path / "kept", "--media")
        backup(home, tmp_path / "kept")
        newest = backup(home, tmp_path / "kept", "--keep", 2)
        assert first not in list((tmp_path / "kept").iterdir()) and newest.exists()
        assert len(list((tmp_path / "kept").glob("2*"))) == 2
        assert (tmp_path / f"kept/media/recordings/{RECORDING}").exists()
        refused(zhilu("backup", "--home", home, "--to", tmp_path / "kept", "--keep", 0), "backup-keep")


class TestTampering:
    @pytest.fixture
    def made(self, backed_up: Path, tmp_path: Path) -> Path:
        return Path(shutil.copytree(backed_up, tmp_path / "kept" / backed_up.name))

    def restore(self, made: Path, tmp_path: Path, code: str) -> None:
        refused(zhilu("restore", "--from", made, "--home", tmp_path / "new"), code)
        assert not (tmp_path / "new").exists() and not list(tmp_path.glob(".new*"))

    def test_a_changed_missing_or_foreign_file(self, made: Path, tmp_path: Path) -> None:
        data = (made / "database.sqlite3").read_bytes()
        (made / "database.sqlite3").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        self.restore(made, tmp_path, "backup-differs")
        (made / "database.sqlite3").write_bytes(data)
        (made / "more").touch()
        self.restore(made, tmp_path, "backup-differs")
        (made / "more").unlink()
        (made / "text.key").unlink()
        self.restore(made, tmp_path, "backup-differs")
        (made / "text.key").symlink_to("/etc/hostname")
        self.restore(made, tmp_path, "backup-differs")

    @pytest.mark.parametrize("name", ["../x", "work.lock", "store"])
    def test_a_manifest_that_leads_elsewhere(self, made: Path, tmp_path: Path, name: str) -> None:
        manifest = json.loads((made / "manifest.json").read_text())
        manifest["files"][name] = {"length": 0, "sha256": "0" * 64}
        (made / "manifest.json").write_text(json.dumps(manifest))
        self.restore(made, tmp_path, "backup")

    def test_no_manifest_is_no_backup(self, made: Path, tmp_path: Path) -> None:
        (made / "manifest.json").unlink()
        self.restore(made, tmp_path, "backup")

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE organisation_person SET name = '别人'",
            "UPDATE ledger_entry SET actor = 'somebody' WHERE \"index\" = 3",
            "DELETE FROM evidence_recording",
        ],
    )
    def test_rows_that_do_not_follow_from_the_ledger(
        self, made: Path, tmp_path: Path, statement: str
    ) -> None:
        with sqlite3.connect(made / "database.sqlite3") as database:
            database.execute("PRAGMA foreign_keys=OFF")
            database.execute(statement)
        database.close()
        for stray in made.glob("database.sqlite3-*"):
            stray.unlink()
        changed(made, "database.sqlite3", (made / "database.sqlite3").read_bytes())
        self.restore(made, tmp_path, "restore-audit")

    def test_a_database_of_another_day_under_this_manifest(
        self, home: Path, made: Path, tmp_path: Path
    ) -> None:
        with backup_world.busy(home):
            pass
        other = backup(home, tmp_path / "kept")
        changed(made, "database.sqlite3", (other / "database.sqlite3").read_bytes())
        self.restore(made, tmp_path, "restore-audit")

    def test_nothing_is_restored_over_something(self, made: Path, home: Path) -> None:
        refused(zhilu("restore", "--from", made, "--home", home), "exists")


class TestWhenItFails:
    def test_a_kill_in_the_middle_leaves_no_backup_under_a_name(self, home: Path, tmp_path: Path) -> None:
        for delay in (0.05, 0.1, 0.2, 0.4):
            command = [sys.executable, "-m", "zhilu.cli", "server", "backup", "--home", str(home), "--media"]
            process = programs.Popen(
                [*command, "--to", str(tmp_path / "kept")], env=backup_world.environment()
            )
            time.sleep(delay)
            process.kill()
            process.wait(60)
            for found in (tmp_path / "kept").glob("2*"):
                assert (found / "manifest.json").exists()
        made = backup(home, tmp_path / "kept", "--media")
        assert not list((tmp_path / "kept").glob(".2*"))  # what the killed ones left
        assert zhilu("restore", "--from", made, "--home", tmp_path / "new").returncode == 1

    def test_a_full_disk_leaves_nothing(self, home: Path, tmp_path: Path) -> None:
        """As a limit on the size of a file: the database does not fit."""
        command = f"ulimit -f 200; exec {sys.executable} -m zhilu.cli --lang en server backup --home {home}"
        done = subprocess.run(
            ["bash", "-c", f"trap '' XFSZ; {command} --to {tmp_path / 'kept'}"],
            capture_output=True,
            text=True,
            env=backup_world.environment(),
        )
        refused(done, "dump")
        assert [path.name for path in (tmp_path / "kept").iterdir()] == [".lock"]

    def test_one_at_a_time(self, home: Path, tmp_path: Path) -> None:
        import fcntl

        (tmp_path / "kept").mkdir()
        with (tmp_path / "kept/.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            refused(zhilu("backup", "--home", home, "--to", tmp_path / "kept"), "backup-running")

    def test_a_database_that_is_not_empty_is_left_alone(
        self, new_home: HomeMaker, postgresql: PostgresServer, tmp_path: Path
    ) -> None:
        home = new_home("postgresql")
        made = backup(home, tmp_path / "kept")
        refused(zhilu("restore", "--from", made, "--home", tmp_path / "new"), "database-taken")
        assert entries(home) > 30
        refused(
            zhilu("restore", "--from", made, "--home", tmp_path / "new", "--database", ""), "restore-engine"
        )

    def test_a_refused_restore_leaves_the_database_empty(
        self, new_home: HomeMaker, postgresql: PostgresServer, tmp_path: Path
    ) -> None:
        made = backup(new_home("postgresql"), tmp_path / "kept")
        manifest = json.loads((made / "manifest.json").read_text())
        (made / "manifest.json").write_text(json.dumps(manifest | {"entries": 1}))
        url = postgresql.new_database()
        words = ("restore", "--from", made, "--home", tmp_path / "new", "--database", url)
        refused(zhilu(*words), "restore-audit")
        (made / "manifest.json").write_text(json.dumps(manifest))
        assert zhilu(*words).returncode == 1


def test_an_upgrade_of_a_home_of_this_release_changes_nothing(home: Path) -> None:
    done = zhilu("upgrade", "--home", home)
    assert done.returncode == 0 and "already" in done.stdout


def test_a_home_of_a_release_nobody_here_knows_is_refused(home: Path) -> None:
    with sqlite3.connect(home / "db.sqlite3") as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('ledger', '0099_later', '2030-01-01')"
        )
    database.close()
    refused(zhilu("audit", "--home", home), "database-unknown")
    refused(zhilu("upgrade", "--home", home), "database-unknown")


def test_an_upgrade_brings_the_tables_and_the_rows(home: Path) -> None:
    with sqlite3.connect(home / "db.sqlite3") as database:
        database.executescript("DROP TABLE training_course; DROP TABLE training_result")
        database.execute("DELETE FROM django_migrations WHERE app = 'training'")
        database.execute("UPDATE organisation_person SET name = '别人'")
    database.close()
    refused(zhilu("audit", "--home", home), "database-old")
    done = zhilu("upgrade", "--home", home)
    assert done.returncode == 0 and "written anew" in done.stdout, done.stderr
    assert zhilu("audit", "--home", home).returncode == 0
