"""Commits a second, durable, on a real PostgreSQL with fsync on, from four writer processes at once.

`commit_per_s`: single events (`person-added/1`, personal part and all), each its own transaction.
`commit_bulk_per_s`: the same kind, 5,000 events a transaction.
`commit_fsync_ms`: what this disk needs for one fsync of 8 KiB, in the same run: no commit is faster.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support import county_home
from support.postgres import PostgresServer

WRITERS = 4
SECONDS = 6
WRITER = """
import sys, time, uuid
from pathlib import Path
from zhilu.server.commands import boot
boot.start(Path(sys.argv[1]))
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all
from zhilu.server.organisation.events import PersonAdded

def proposal():
    return Proposal(PersonAdded(str(uuid.uuid4())), "julu", {"name": "张建国", "number": "13052901"})

bulk = int(sys.argv[2])
commit_all([proposal()])
print("ready", flush=True)
sys.stdin.readline()
count, until = 0, time.monotonic() + float(sys.argv[3])
while time.monotonic() < until:
    count += len(commit_all([proposal() for _ in range(bulk)]))
print(count, flush=True)
"""


def run() -> dict[str, float]:
    server = PostgresServer(durable=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            county_home.make_root(place / "root.pem")
            county_home.init(place / "home", 0, place / "root.pem", server.new_database())
            return {
                "commit_per_s": rate(place / "home", 1),
                "commit_bulk_per_s": rate(place / "home", 5_000),
                "commit_fsync_ms": fsync_ms(server.folder),
            }
    finally:
        server.stop()


def rate(home: Path, bulk: int) -> float:
    """Events a second of all writers together."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
    }
    command = [sys.executable, "-c", WRITER, str(home), str(bulk), str(SECONDS)]
    writers = [
        subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(WRITERS)
    ]
    for writer in writers:
        assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
    began = time.monotonic()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    counts = [int(writer.communicate()[0]) for writer in writers]
    return sum(counts) / (time.monotonic() - began)


def fsync_ms(folder: Path) -> float:
    path = folder / "fsync"
    with path.open("wb", buffering=0) as file:
        began = time.monotonic()
        for _ in range(50):
            file.write(bytes(8192))
            os.fsync(file.fileno())
        taken = time.monotonic() - began
    path.unlink()
    return taken / 50 * 1000
