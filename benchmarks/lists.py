"""Lists, search and details in a county of a million recordings, through the real pages, on PostgreSQL.

`list_p95_ms` ≤ 300: every list, with nothing asked and with each filter (its first, middle and last choice),
the newest page and one deep inside, for three persons: of the whole bureau, of one department, one officer.
`search_p95_ms` ≤ 500: words of two and more characters, from one act to nearly all, alone and with filters.
`detail_ms` ≤ 200: the slowest of the pages of a recording and of an act.
`lists_most_queries` ≤ 15: of any of these pages. Rows are not the ledger's: see _million.py.

ZHILU_LISTS_RECORDINGS makes it smaller.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from support import county_home, postgres

CHILD = Path(__file__).parent / "_lists.py"
SETTINGS = ("shared_buffers=2GB", "max_wal_size=8GB", "autovacuum=off")


def run() -> dict[str, float]:
    recordings = os.environ.get("ZHILU_LISTS_RECORDINGS", "1000000")
    server = postgres.PostgresServer(more=SETTINGS)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            home, root = Path(folder) / "home", Path(folder) / "root.pem"
            county_home.make_root(root)
            county_home.init(home, 0, root, server.new_database())
            environ = {
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("DJANGO_", "ZHILU_"))
            }
            paths = os.pathsep.join([str(CHILD.parent), str(CHILD.parent.parent / "tests")])
            done = subprocess.run(
                [sys.executable, str(CHILD), str(home), recordings],
                env=environ | {"PYTHONPATH": paths},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
            assert figures["lists_most_queries"] <= 15, figures
            return figures
    finally:
        server.stop()
