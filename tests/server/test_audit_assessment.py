"""`zhilu server audit` in a home whose administrator published other points than the ledger gives."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support import programs
from support.county_home import zhilu

TESTS = Path(__file__).resolve().parents[1]
HOSTILE = """
import sys
from dataclasses import replace
from pathlib import Path
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
from support.assessment_world import at, month, on
from support.county_world import named_id
from zhilu.server.assessment.services import publishing
from zhilu.server.assessment.services.reckoning import Reckoning
from zhilu.server.ledger.events import kind_of
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PersonAdded, RoleGranted

leader = str(named_id("leader of points"))
commit(PersonAdded(leader), "julu", {"name": "x", "number": "9"})
commit(RoleGranted(leader, "leader", None), "julu")
(right,) = publishing.events(Reckoning(month(), 1, on(2, 1)), "first")
assert right.lines, "somebody is in it"
person, department, points, *rest = right.lines[0]
wrong = replace(right, lines=[[person, department, points - 500, *rest], *right.lines[1:]])
kind = kind_of(wrong)
kind.checks = kind.checks_many = None
with at(on(2, 1)):
    commit(wrong, leader)
print(person)
"""


@pytest.mark.timeout(600)  # two audits, each with a process of its own
def test_points_that_an_administrator_altered_show_in_the_audit(new_home: Callable[[str], Path]) -> None:
    home = new_home("sqlite")
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
    }
    command = [sys.executable, "-c", HOSTILE, str(home)]
    made = programs.run(command, capture_output=True, text=True, cwd=TESTS, env=environ)
    assert made.returncode == 0, made.stderr
    person = made.stdout.split()[-1]
    found = zhilu("audit", "--home", home)
    assert found.returncode == 1 and f"assessment-differs {person}" in found.stdout
    # Nor does it help to say in the row that nothing differs.
    with sqlite3.connect(home / "db.sqlite3") as database:
        database.execute("UPDATE assessment_publication SET differs = ''")
    found = zhilu("audit", "--home", home)
    assert found.returncode == 1 and "assessment.publication" in found.stdout and "differs" in found.stdout
