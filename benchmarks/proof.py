"""A ledger of a million entries beside one of a thousand, on a real PostgreSQL with fsync on. Leaves are
written into the table PAST THE LEDGER, for the benchmark alone; their tree is a real one.

`proof_p99_ms`: a proved entry, any of the million, from the database: leaf, path, note; `proof_p50_ms`.
`proof_bytes`: what proves it as it is sent, index, path and note; the longest of those made.
`append_ratio`: what an entry costs at a million, through `commit`, tiles and signature, to what it costs at a
thousand; blocks of both in turn, their medians. `append_ms`: at a million.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from support import county_home
from support.postgres import PostgresServer

MANY, FEW = 1_000_000, 1_000
PROOFS = 2_000
BLOCKS, APPENDS, PASS = 12, 100, 10
LEDGER = """
import json, random, sys, time, uuid
from pathlib import Path
from zhilu.server.commands import boot
config = boot.start(Path(sys.argv[1]))
from django.db import connection
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.ledger.services import proofs, publish, tree
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PersonAdded

count, (proofs_wanted, appends, each) = int(sys.argv[2]), map(int, sys.argv[3:])
with connection.cursor() as cursor:
    cursor.execute('''INSERT INTO ledger_entry
        (index, leaf, core, core_salt, personal, personal_salt, kind, at, actor, subject)
        SELECT n, convert_to(rpad('{"number":' || n, 380, '.'), 'UTF8'),
        convert_to(rpad('{', 250, '.'), 'UTF8'),
        sha256(int8send(n)), NULL, NULL, 'access-logged/1', now(), 'julu', n::text
        FROM generate_series(0, %s) AS n''', [count - 1])
    cursor.execute("VACUUM ANALYZE ledger_entry")
signer = publish.Publisher(publish.load_signer(config), None)

def sign():
    size = tree.grow()
    return size, signer._sign(size).format()

size, note = sign()
Checkpoint.objects.create(size=size, sha256="0" * 64, note=note, cosigned_at=None)

def prove():
    chosen, taken, longest = random.Random(7), [], 0
    for index in [chosen.randrange(size) for _ in range(proofs_wanted)]:
        began = time.perf_counter()
        made = proofs.proved_entry(index)
        taken.append(1000 * (time.perf_counter() - began))
        said = {"index": made.index, "path": [one.hex() for one in made.path], "checkpoint": note.decode()}
        longest = max(longest, len(json.dumps(said, separators=(",", ":"))))
    return {"taken": taken, "longest": longest}

def append():
    began = time.perf_counter()
    for number in range(1, appends + 1):
        commit(PersonAdded(str(uuid.uuid4())), "julu", {"name": "张建国", "number": "13052901"})
        if number % each == 0:
            sign()
    return 1000 * (time.perf_counter() - began) / appends

append()
print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps({"prove": prove, "append": append}[line.strip()]()), flush=True)
"""


class Ledger:
    """A process with a ledger of so many entries."""

    def __init__(self, home: Path, count: int) -> None:
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
        }
        words = [sys.executable, "-c", LEDGER, str(home), *map(str, (count, PROOFS, APPENDS, PASS))]
        self._child = subprocess.Popen(
            words, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._child.stdin is not None and self._child.stdout is not None
        self._asked, self._answers = self._child.stdin, self._child.stdout
        assert self._answers.readline() == "ready\n"

    def ask(self, what: str) -> Any:
        self._asked.write(f"{what}\n")
        self._asked.flush()
        return json.loads(self._answers.readline())

    def end(self) -> None:
        self._asked.close()
        self._child.wait()


def run() -> dict[str, float]:
    server = PostgresServer(durable=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            county_home.make_root(place / "root.pem")
            homes = {FEW: place / "few", MANY: place / "many"}
            for home in homes.values():
                county_home.init(home, 0, place / "root.pem", server.new_database())
            return measured({count: Ledger(home, count) for count, home in homes.items()})
    finally:
        server.stop()


def measured(ledgers: dict[int, Ledger]) -> dict[str, float]:
    cost: dict[int, list[float]] = {count: [] for count in ledgers}
    for _ in range(BLOCKS):
        for count, ledger in ledgers.items():
            cost[count].append(ledger.ask("append"))
    proved = ledgers[MANY].ask("prove")
    for ledger in ledgers.values():
        ledger.end()
    few, many = (statistics.median(cost[count]) for count in (FEW, MANY))
    parts = statistics.quantiles(proved["taken"], n=100)
    return {
        "proof_p50_ms": parts[49],
        "proof_p99_ms": parts[98],
        "proof_bytes": proved["longest"],
        "append_ms": many,
        "append_ratio": many / few,
    }
