"""Many commits at once: number order is apply order, no number twice, none left out (spec/ledger.md §4)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support import programs
from support.county_home import zhilu

TESTS = Path(__file__).resolve().parents[1]
CROWD = """
import sys, threading, uuid
from pathlib import Path
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
from django.db import connection
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all
from zhilu.server.organisation.events import PersonAdded, PersonDescribed, RoleGranted

def added():
    person = str(uuid.uuid4())
    return person, Proposal(PersonAdded(person), "julu", {"name": "x"})

def work():
    for _ in range(4):
        person, event = added()
        first = commit(event.event, "julu", event.personal).index
        assert commit(RoleGranted(person, "viewer"), "julu").index > first
        many = [added() for _ in range(3)]
        done = commit_all([event for _, event in many] + [
            Proposal(PersonDescribed(many[0][0]), "julu", {"name": "y"}),
            Proposal(RoleGranted(many[1][0], "officer"), "julu"),
        ])
        assert [each.index for each in done] == list(range(done[0].index, done[0].index + 5))
    connection.close()

threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""

RACE = """
import sys, threading
from pathlib import Path
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
from django.db import connection
from zhilu.server.equipment.models import Recorder
from zhilu.server.equipment.services import logbooks
from zhilu.server.evidence.services import missing

first, *lines = Path(sys.argv[2]).read_bytes().splitlines()

def work():
    recorder = Recorder.objects.get()
    for end in range(4, len(lines) + 1, 4):
        logbooks.take(recorder, int(first), lines[:end])
        missing.look(recorder, "")
    connection.close()

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
MORE = """
import sys
from collections.abc import Callable
from pathlib import Path
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
sys.path.insert(0, sys.argv[2])
from support.lines import after
from support.recordings import Clock, fixed_key
from zhilu.sealed.keys import SoftSigner
from zhilu.sealed.lines import LOGBOOK
from zhilu.server.equipment.models import LogbookLine

signer, clock = SoftSigner(fixed_key("recorder")), Clock()
book = after(bytes(LogbookLine.objects.order_by("n").last().line))
print(book.n)
for counter in (10, 20):
    more = {"counter": counter, "uptime_ms": 1, "checkpoint": None, "software": "x"}
    sys.stdout.write(book.next(signer, LOGBOOK, "boot", *clock(), **more).decode())
    for percent in range(5):
        sys.stdout.write(book.next(signer, LOGBOOK, "battery", *clock(), percent=percent).decode())
"""
COUNT = """
import sys
from collections.abc import Callable
from pathlib import Path
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
from zhilu.server.equipment.models import Finding, LogbookLine
from zhilu.server.equipment.services import logbooks
print(logbooks.head_of(LogbookLine.objects.first().recorder).n, LogbookLine.objects.count())
print([row.code for row in Finding.objects.filter(line__gte=int(sys.argv[2])).order_by("line")])
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, new_home: Callable[[str], Path]) -> Path:
    return new_home(request.param)


def test_four_processes_of_two_threads(home: Path) -> None:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
    }
    command = [sys.executable, "-c", CROWD, str(home)]
    before = entries(home)
    together(command, environ, 4)
    # 8 threads, each four times one person, one role, three persons at once with two entries about them.
    assert entries(home) - before == 8 * 4 * (2 + 5)


def entries(home: Path) -> int:
    """Of an audited home: a replay in the order of the entries gives the live tables."""
    done = zhilu("audit", "--home", home)
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.split()[0])


def together(command: list[str], environ: dict[str, str], count: int = 2) -> None:
    crowd = [programs.Popen(command, env=environ, stderr=programs.PIPE, text=True) for _ in range(count)]
    for process in crowd:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0 and "Error" not in errors, errors


def test_stations_that_race_with_the_same_lines(home: Path) -> None:
    """Each line is held once, each finding is kept once, and nobody is accused of a fork."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
    }
    lines = home / "lines"
    # Power fails twice between the counter and its line.
    more = [sys.executable, "-c", MORE, str(home), str(TESTS)]
    lines.write_bytes(programs.run(more, env=environ, capture_output=True, check=True).stdout)
    together([sys.executable, "-c", RACE, str(home), str(lines)], environ)
    first = lines.read_text().splitlines()[0]
    count = [sys.executable, "-c", COUNT, str(home), first]
    said = programs.run(count, env=environ, text=True, capture_output=True, check=True).stdout
    last = int(first) + 11
    assert said.splitlines() == [f"{last} {last + 1}", "['counter', 'boot-unexplained', 'counter']"]
    assert zhilu("audit", "--home", home).returncode == 0
