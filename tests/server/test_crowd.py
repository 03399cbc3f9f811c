"""Many commits at once: number order is apply order, no number twice, none left out (spec/ledger.md §4)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support import county_home
from support.county_home import zhilu
from support.postgres import PostgresServer

CROWD = """
import sys, threading, uuid
from pathlib import Path
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
from django.db import connection
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PersonAdded, RoleGranted
from zhilu.server.ledger.services.publish import load_signer, Publisher
from zhilu.server.ledger.services import tree

def work():
    for _ in range(8):
        person = str(uuid.uuid4())
        first = commit(PersonAdded(person), "julu", {"name": "x"}).index
        assert commit(RoleGranted(person, "viewer"), "julu").index > first
    connection.close()

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    database = ""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgresql")
        database = server.new_database()
    return county_home.make(tmp_path, database=database)


def test_two_processes_of_four_threads(home: Path) -> None:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
    }
    command = [sys.executable, "-c", CROWD, str(home)]
    crowd = [subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in crowd:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0 and "Error" not in errors, errors
    done = zhilu("audit", "--home", home)
    assert done.returncode == 0, done.stdout
    # 67 entries of the home, and 2 processes × 4 threads × 8 × 2.
    assert "195 entries" in done.stdout
