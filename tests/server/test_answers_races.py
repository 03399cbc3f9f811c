"""Two browsers at once: of each step about a finding one goes through, and the ledger replays to the same
(both databases, threads with connections of their own).
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
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
from django.db import connection
from zhilu.errors import ZhiluError
from zhilu.server.ledger import clock
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation import events as e
from zhilu.server.oversight.events_findings import FindingRaised
from zhilu.server.oversight.findings.rule import id_of
from zhilu.server.oversight.models import Appeal, Explanation, Sanction
from zhilu.server.oversight.services import answers
from zhilu.server.oversight.services.answers import File, Said

def new(): return str(uuid.uuid4())
def person(role):
    one = new()
    commit(e.PersonAdded(one), "julu", {"name": "x"})
    commit(e.RoleGranted(one, role), "julu")
    return uuid.UUID(one)

def race(name, *steps):
    barrier, told = threading.Barrier(len(steps)), []
    def work(step):
        barrier.wait()
        try:
            step()
            told.append("done")
        except ZhiluError as error:
            told.append(error.code)
        connection.close()
    threads = [threading.Thread(target=work, args=(step,)) for step in steps]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(name, *sorted(told))

from zhilu.sealed.keys import SoftSigner
JWK = SoftSigner(generate_private_key(SECP256R1())).jwk
commit(e.BureauFounded("julu", "example", "0" * 64, JWK), "julu")
PNG = b"\\x89PNG\\r\\n\\x1a\\n" + b"\\0" * 9 + b"IEND\\xaeB`\\x82"
for _ in range(int(sys.argv[2])):
    me = person("officer")
    heads, supervisors, leaders, others = ([person(role) for _ in range(2)] for role in
        ("unit-head", "supervisor", "leader", "leader"))
    referrer = person("leader")  # who refers sanctions nobody
    act = new()
    one = id_of("gap", act)
    day = clock.today().isoformat()
    commit(FindingRaised(one, "gap", 1, "minor", act, "act", day, None, [str(me)], [], []), "julu")
    said = Said("other", "other", "x", files=[File("a.png", PNG)])
    race("explain", *[lambda: answers.explain(me, one, said) for _ in range(3)])
    id_ = Explanation.objects.get(finding=one).id
    race("decide", *[lambda who=who, how=how: answers.decide(who, id_, how, "x")
                     for who, how in zip(heads, ("accepted", "refused"))])
    race("conclude", lambda: answers.conclude(supervisors[0], one, "fault", "x", persons=[str(me)]),
         lambda: answers.conclude(supervisors[1], one, "fault", "x", persons=[str(me)]),
         lambda: answers.refer(referrer, one, "x"))
    race("sanction", *[lambda who=who: answers.sanction(who, me, [one], "suspension", "x", 2)
                       for who in leaders])
    about = Sanction.objects.get(person=me)
    race("appeal", *[lambda: answers.appeal_sanction(me, about.id, "x") for _ in range(2)])
    appeal = Appeal.objects.get(person=me)
    race("hear", *[lambda who=who, how=how: answers.decide_appeal(who, appeal.id, how, "x")
                   for who, how in zip(others, ("lifted", "upheld"))])
"""
ROUNDS = 2
WANTED = {
    "explain done explained-already explained-already",
    "decide decided-already done",
    "conclude done finding-concluded finding-concluded",
    "sanction done sanctioned-already",
    "appeal appeal-already done",
    "hear decided-already done",
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
    done = programs.run(command, env=environ, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == ROUNDS * len(WANTED) and set(lines) == WANTED
    audited = zhilu("audit", "--home", home)
    assert audited.returncode == 0, audited.stdout
