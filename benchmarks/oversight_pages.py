"""The pages of oversight with 142,000 recordings, 99,000 acts and 100,000 due tasks of a half year, on
PostgreSQL.

`oversight_page_ms` ≤ 500: the worst 95th percentile over the pages of due tasks, findings, reviews and
assessment, and of units, today, results, rollout and home; each asked twenty times by whoever works with it.
`oversight_most_queries` ≤ 15. Rows are not the ledger's: see _oversight_pages.py.

ZHILU_LISTS_KEEP as in lists.py.
"""

from pathlib import Path

from lists import run as on_postgresql

CHILD = Path(__file__).parent / "_oversight_pages.py"


def run() -> dict[str, float]:
    return on_postgresql(CHILD)
