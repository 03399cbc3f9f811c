"""Two at once: of grants, posts, delegations, departments that exclude each other one goes through, and the
ledger replays to the same (both databases, threads with connections of their own).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from support import county_home, programs
from support.county_home import zhilu
from support.postgres import PostgresServer

RACES = """
import sys, threading, uuid
from datetime import timedelta
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
from django.db import connection
from zhilu.encoding import format_time
from zhilu.errors import ZhiluError
from zhilu.server.ledger import clock
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation import events as e
from zhilu.server.organisation.models import Department

def new(): return str(uuid.uuid4())
def person():
    one = new()
    commit(e.PersonAdded(one), "julu", {"name": "x"})
    return one
def department(one, parent, name):
    return e.DepartmentSet(one, "julu", parent, "other", name, 0, False)
def handed(giver, to):
    period = [format_time(clock.now() + timedelta(days=n)) for n in (0, 9)]
    return e.DelegationGiven(new(), giver, to, "approver", *period)

def race(name, *proposed):
    barrier, told = threading.Barrier(len(proposed)), []
    def work(event):
        barrier.wait()
        try:
            commit(event, "julu")
            told.append("done")
        except ZhiluError as error:
            told.append(error.code)
        connection.close()
    threads = [threading.Thread(target=work, args=(event,)) for event in proposed]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(name, *sorted(told))

from zhilu.sealed.keys import SoftSigner
JWK = SoftSigner(generate_private_key(SECP256R1())).jwk
day = clock.today().isoformat()
commit(e.BureauFounded("julu", "example", "0" * 64, JWK), "julu")
for _ in range(int(sys.argv[2])):
    giver, one, other = person(), new(), new()
    commit(e.RoleGranted(giver, "approver"), "julu")
    for place in (one, other):
        commit(department(place, None, place), "julu")
    p = person()
    race("same", *[e.RoleGranted(p, "viewer") for _ in range(4)])
    p = person()
    race("conflict", e.RoleGranted(p, "viewer"), e.RoleGranted(p, "audit-administrator"))
    p = person()
    race("delegation", handed(giver, p), e.RoleGranted(p, "audit-administrator"))
    p = person()
    race("post", *[e.PostTaken(new(), p, place, "head", day) for place in (one, other)])
    race("circle", department(one, other, "a"), department(other, one, "b"))
    assert sum(row.parent is None for row in Department.objects.filter(id__in=[one, other])) == 1
"""
ROUNDS = 2
WANTED = {
    "same done role-held role-held role-held",
    "conflict done role-conflict",
    "delegation done role-conflict",
    "post done post-held",
    "circle department done",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    database = ""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgresql")
        database = server.new_database()
    county_home.make_root(tmp_path / "root.pem")
    county_home.init(tmp_path / "home", 0, tmp_path / "root.pem", database)
    return tmp_path / "home"


def test_one_of_two_goes_through(home: Path) -> None:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
    }
    command = [sys.executable, "-c", RACES, str(home), str(ROUNDS)]
    done = programs.run(command, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == ROUNDS * len(WANTED) and set(lines) == WANTED
    audited = zhilu("audit", "--home", home)
    assert audited.returncode == 0, audited.stdout
