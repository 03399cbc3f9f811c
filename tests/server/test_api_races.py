"""The API while others commit: one link or task of two that come at once, and no change missed by who pulls
(both databases, threads with connections of their own).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support import programs
from support.county_home import zhilu

TESTS = Path(__file__).resolve().parents[1]
START = """
import sys, threading, uuid
from pathlib import Path
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
sys.path.insert(0, sys.argv[2])
from django.conf import settings
settings.ALLOWED_HOSTS = ["127.0.0.1"]
from django.db import connection
from support.api import Caller
from zhilu.server.evidence.models import Act, ActLink, ActOfficer
from zhilu.server.evidence.services import links
from zhilu.server.organisation.models import AccessRow, Person

act = Act.objects.earliest("entry")
officer = ActOfficer.objects.filter(act=act).earliest("id").officer

def together(*works):
    def run(work):
        try:
            work()
        finally:
            connection.close()
    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads: thread.start()
    return threads
"""
SAME = """
caller, told = Caller("links:write"), []
row = {"kind": "case", "number": "A-7", "act": str(act.id)}
key = {"Idempotency-Key": "one"}
for thread in together(*[lambda: told.append(caller.link(row)["rows"][0]["status"]) for _ in range(4)]):
    thread.join()
assert sorted(told) == ["linked", "present", "present", "present"], told
made = []
row["number"] = "A-8"
for thread in together(*[lambda: made.append(str(caller.link(row, **key))) for _ in range(4)]):
    thread.join()
assert len(set(made)) == 1 and "'linked': 1" in made[0], made
assert ActLink.objects.filter(number__in=["A-7", "A-8"]).count() == 2
assert AccessRow.objects.filter(person=caller.id, success=True).count() == 8
"""
TASKS = """
from zhilu.server.oversight.models import DueTask, DueTaskVersion
caller, told = Caller("tasks:write"), []
row = {"number": "A", "procedure": "H01", "officers": [Person.objects.get(id=officer).number],
       "since": "2026-11-20T09:30:00+08:00", "until": "2026-11-20T11:30:00+08:00"}
send = lambda place: told.append(caller.tasks(row | {"place": place})["rows"][0])
for thread in together(*[lambda place=str(place): send(place) for place in range(4)]):
    thread.join()
assert sorted(one["version"] for one in told) == [1, 2, 3, 4], told
assert (DueTask.objects.get(number="A").version, DueTaskVersion.objects.count()) == (4, 3)
told.clear()
for thread in together(*[lambda: send("same") for place in range(4)]):
    thread.join()
assert sorted(one["status"] for one in told) == ["changed", "same", "same", "same"], told
"""
PULL = """
puller, made, seen = Caller("references:read"), [], set()

def commit(worker):
    for number in range(12):
        made.append(str(links.link(officer, act.id, "case", f"{worker}-{number}")))

workers = together(*[lambda one=one: commit(one) for one in range(3)])
since, pages, over, done = "", 0, False, False
while not done:
    over = over or not any(one.is_alive() for one in workers)
    page = puller.get(f"acts/changes?limit=5" + (f"&since={since}" if since else ""))
    since, pages = page["next"], pages + 1
    seen |= {link["id"] for one in page["items"] for link in one["links"]}
    done = over and not page["more"]
assert len(made) == 36 and set(made) <= seen and pages > 1, (len(made), len(seen), pages)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, new_home: Callable[[str], Path]) -> Path:
    return new_home(request.param)


@pytest.mark.parametrize("script", [SAME, TASKS, PULL], ids=["the same link", "the same task", "a puller"])
def test_many_at_once(home: Path, script: str) -> None:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
    }
    command = [sys.executable, "-c", START + script, str(home), str(TESTS)]
    done = programs.run(command, env=environ, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr
    audited = zhilu("audit", "--home", home)
    assert audited.returncode == 0, audited.stdout
