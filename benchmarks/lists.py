"""Lists, search and details in a county of a million recordings, through the real pages, on PostgreSQL.

`list_p95_ms` ≤ 300: every list, with nothing asked and with each filter (its first, middle and last choice),
the newest page and one deep inside, for three persons: of the whole bureau, of one department, one officer.
`search_p95_ms` ≤ 500: words of two and more characters, from one act to nearly all, alone and with filters.
`detail_ms` ≤ 200: the slowest of the pages of a recording and of an act.
`lists_most_queries` ≤ 15: of any of these pages. Rows are not the ledger's: see _million.py.

ZHILU_LISTS_RECORDINGS makes it smaller. ZHILU_LISTS_KEEP names a folder (one that PostgreSQL's own user can
reach) where the filled county stays: the next run begins there and fills nothing.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from support import county_home, postgres

CHILD = Path(__file__).parent / "_lists.py"
SETTINGS = ("shared_buffers=2GB", "work_mem=32MB", "max_wal_size=8GB", "autovacuum=off")
"""As docs/operate says, for a machine of this size; `max_wal_size` and `autovacuum` are for filling it."""


def run(child: Path = CHILD) -> dict[str, float]:
    """`child`: what fills the home, if nobody has, and asks."""
    kept = os.environ.get("ZHILU_LISTS_KEEP")
    if kept:
        return _run(Path(kept), postgres.PostgresServer(more=SETTINGS, kept=Path(kept) / "postgres"), child)
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(folder), postgres.PostgresServer(more=SETTINGS), child)


def _run(folder: Path, server: postgres.PostgresServer, child: Path) -> dict[str, float]:
    server.start()
    try:
        home, root = folder / "home", folder / "root.pem"
        if not home.exists():
            county_home.make_root(root)
            county_home.init(home, 0, root, server.new_database())
        return _ask(home, child)
    finally:
        server.stop()


def _ask(home: Path, child: Path) -> dict[str, float]:
    recordings = os.environ.get("ZHILU_LISTS_RECORDINGS", "1000000")
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DJANGO_", "ZHILU_")) or name.startswith("ZHILU_EVALUATE_")
    }
    paths = os.pathsep.join([str(CHILD.parent), str(CHILD.parent.parent / "tests")])
    done = subprocess.run(
        [sys.executable, str(child), str(home), recordings],
        env=environ | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
