"""A city catches up with a county, on a real PostgreSQL with fsync on: every leaf, payload and root is
checked, stored, and applied to the mirror's tables. Its entries come mixed, as a day mixes them (_week.py).

`replay_per_s`: entries a second of all that, in one process; the network is not in it.
`replay_store_per_s`, `replay_apply_per_s`: of the two steps.
`replay_350k_min`: minutes that a week of a large city, 350,000 entries, takes at that rate.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from support import county_home
from support.postgres import PostgresServer

RECORDINGS = 2_300
FOLLOWER = """
import json, sys, time
from pathlib import Path
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
from _week import day, found
from support.neighbour import Ledger, ed25519
from zhilu.server.federation.services import applying, mirror
from zhilu.server.federation.services.following import Pass
from zhilu.tlog.cosign import CosignatureSigner

ledger = Ledger("qinghe")
found(ledger)
day(ledger, 0, int(sys.argv[2]))
ledger.publish()
mirror.prepare("qinghe")
signer = CosignatureSigner("xingtai.example/mirror", ed25519("mirror"))
began, cpu = time.monotonic(), time.process_time()
Pass(ledger.neighbour, ledger, signer, int(time.time())).run()
stored, stored_cpu = time.monotonic(), time.process_time()
stuck = applying.apply_stored("qinghe")
assert stuck is None, stuck
done, done_cpu = time.monotonic(), time.process_time()
print(json.dumps({"count": ledger.size, "store": stored - began, "apply": done - stored,
                  "store_cpu": stored_cpu - cpu, "apply_cpu": done_cpu - stored_cpu}))
"""


def run() -> dict[str, float]:
    server = PostgresServer(durable=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            county_home.make_root(place / "root.pem")
            county_home.init(place / "home", 0, place / "root.pem", server.new_database())
            return measured(place / "home", RECORDINGS)
    finally:
        server.stop()


def measured(home: Path, recordings: int) -> dict[str, float]:
    words = [sys.executable, "-c", FOLLOWER, str(home), str(recordings)]
    here = Path(__file__).parent
    environ = {**os.environ, "PYTHONPATH": str(here.parent / "tests")}
    done = subprocess.run(words, capture_output=True, text=True, cwd=here, env=environ)
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout.splitlines()[-1])
    rate = got["count"] / (got["store"] + got["apply"])
    print(json.dumps(got), file=sys.stderr)
    return {
        "replay_per_s": rate,
        "replay_store_per_s": got["count"] / got["store"],
        "replay_apply_per_s": got["count"] / got["apply"],
        "replay_350k_min": 350_000 / rate / 60,
    }
