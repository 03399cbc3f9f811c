"""The audit's child and its moment: what ends it early leaves nothing, and nobody waits for it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support import programs
from support.county_home import zhilu
from support.patience import until

TESTS = Path(__file__).resolve().parents[1]
SLOW = """
import sys, time
from pathlib import Path
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
from zhilu.server.ledger.services import audit
began = []

def progress(entry):
    if not began:
        began.append(1)
        print("reading", flush=True)
        sys.stdin.readline()

take = audit.Reader.take
def slow(self, entry):
    progress(entry)
    return take(self, entry)
audit.Reader.take = slow
count, found = audit.audit()
print(count, found, flush=True)
"""
COMMAND = SLOW.replace(
    "count, found = audit.audit()",
    """
import argparse
from zhilu.server.commands import audit as command
count, found = command.run(argparse.Namespace(home=Path(sys.argv[1]), county=None)), []
""",
)
COMMIT = """
import sys, uuid
from pathlib import Path
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.organisation.events import PersonAdded
before = size()
commit(PersonAdded(str(uuid.uuid4())), "julu", {"name": "x"})
print(before)
"""
MANY = """
import sys, uuid
from pathlib import Path
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
from zhilu.errors import DataError
from zhilu.server.ledger.services.commit import Proposal, commit_all, size
from zhilu.server.organisation.events import PersonAdded, RoleGranted
from zhilu.server.organisation.models import Person

one = str(uuid.uuid4())
def added(person): return Proposal(PersonAdded(person), "julu", {"name": "张" + person[:4]})
before = size()
for twice in ([added(one), added(one)], [added(str(uuid.uuid4())), added(str(Person.objects.first().id))]):
    try:
        commit_all(twice)
        sys.exit("taken")
    except DataError as error:
        assert error.code == "person-known" and size() == before
people = [str(uuid.uuid4()) for _ in range(1203)]
# Runs of one kind, broken by another: numbers go on in order.
done = commit_all([*map(added, people[:600]), Proposal(RoleGranted(people[0], "viewer"), "julu"),
                   *map(added, people[600:])])
assert [each.index for each in done] == list(range(before, before + 1204))
assert Person.objects.get(id=people[700]).name == "张" + people[700][:4]
"""


def environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))}


def python(script: str, *words: object, **more: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, words)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), programs.PIPE)
    return programs.Popen(command, env={**environ(), **more}, text=True, **pipes)  # type: ignore[call-overload,no-any-return]


def test_a_sound_home_by_the_program_itself(filled: Path) -> None:
    """Not forked, nor its child: both begin as they do at a bureau."""
    command = [sys.executable, "-m", "zhilu.cli", "--lang", "en", "server", "audit", "--home", str(filled)]
    done = subprocess.run(command, capture_output=True, text=True, env=environ(), timeout=300)
    assert done.returncode == 0 and "every evidential row" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_commits_go_on_during_an_audit(engine: str, new_home: Callable[[str], Path]) -> None:
    """And the audit speaks of the moment at which it began."""
    home = new_home(engine)
    auditing = python(SLOW, home)
    assert auditing.stdout and auditing.stdout.readline() == "reading\n"
    committing = python(COMMIT, home)
    before, errors = committing.communicate(timeout=60)
    assert committing.returncode == 0, errors
    said, errors = auditing.communicate("\n", timeout=60)
    assert said.split() == [before.strip(), "[]"], errors


def test_many_at_once_are_as_one_after_another(new_home: Callable[[str], Path]) -> None:
    home = new_home("sqlite")
    done = python(MANY, home)
    _, errors = done.communicate(timeout=60)
    assert done.returncode == 0, errors
    assert zhilu("audit", "--home", home).returncode == 0


def child_of(pid: int) -> int:
    return int(until(lambda: Path(f"/proc/{pid}/task/{pid}/children").read_text().split())[0])


def test_a_killed_child_is_an_error_and_leaves_nothing(filled: Path, tmp_path: Path) -> None:
    auditing = python(SLOW, filled, TMPDIR=str(tmp_path))
    assert auditing.stdout and auditing.stdout.readline() == "reading\n"
    os.kill(child_of(auditing.pid), signal.SIGKILL)
    _, errors = auditing.communicate("\n", timeout=60)
    assert auditing.returncode != 0 and "audit-replay" in errors
    assert list(tmp_path.iterdir()) == []


def test_a_killed_audit_takes_its_child_along(filled: Path, tmp_path: Path) -> None:
    auditing = python(SLOW, filled, TMPDIR=str(tmp_path))
    assert auditing.stdout and auditing.stdout.readline() == "reading\n"
    child = child_of(auditing.pid)
    auditing.kill()
    auditing.communicate()
    until(lambda: not Path(f"/proc/{child}").exists())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_an_audit_that_is_told_to_end_leaves_nothing(filled: Path, tmp_path: Path, number: int) -> None:
    auditing = python(COMMAND, filled, TMPDIR=str(tmp_path))
    assert auditing.stdout and auditing.stdout.readline() == "reading\n"
    assert list(tmp_path.iterdir()) != []
    auditing.send_signal(number)
    said, errors = auditing.communicate(timeout=60)
    assert said == "" and (number == signal.SIGINT or auditing.returncode == 128 + number), errors
    assert "Exception ignored" not in errors
    assert list(tmp_path.iterdir()) == []


def test_an_audit_without_a_terminal_goes_on(filled: Path, tmp_path: Path) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    auditing = python(COMMAND, filled, TMPDIR=str(tmp_path))
    assert auditing.stdout and auditing.stdout.readline() == "reading\n"
    auditing.send_signal(signal.SIGHUP)
    said, errors = auditing.communicate("\n", timeout=60)
    assert auditing.returncode == 0 and said.endswith("0 []\n"), errors


def test_no_room_for_the_replay(filled: Path, tmp_path: Path) -> None:
    """A scratch folder that takes 64 KiB: a plain error, and nothing stays."""
    command = f"ulimit -f 64; exec {sys.executable} -m zhilu.cli --lang en server audit --home {filled}"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        env=environ() | {"TMPDIR": str(tmp_path)},
        timeout=60,
    )
    assert done.returncode != 0 and "[audit-replay]" in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_count_is_of_all_entries_however_much_is_wrong(new_home: Callable[[str], Path]) -> None:
    home = new_home("sqlite")
    with sqlite3.connect(home / "db.sqlite3") as database:
        database.execute("UPDATE ledger_entry SET actor = 'nobody', core_salt = X'00'")
        [count] = database.execute("SELECT count(*) FROM ledger_entry").fetchone()
    done = zhilu("audit", "--home", home)
    lines = done.stdout.splitlines()
    assert done.returncode == 1 and len(lines) == 102
    assert lines[-2].startswith(f"{count} entries audited") and lines[-1].endswith("not in the ledger yet")
