"""The pages of oversight with a month of a large city: 142,000 recordings, 99,000 acts, 100,000 due tasks;
on PostgreSQL.

`oversight_page_ms` ≤ 500: the worst 95th percentile over the pages of due tasks, findings, explanations,
sanctions, reviews and assessment (published and running), of units, today, results, rollout, statistics,
messages and home; each asked some times by whoever works with it. `oversight_most_queries` ≤ 15.
`oversight_cpu_ms`: processor time of the slowest page without the database's, for a machine that is not
quiet. Rows are not the ledger's: see _oversight_fill.py.

ZHILU_LISTS_KEEP as in lists.py.
"""

from pathlib import Path

from lists import run as on_postgresql

CHILD = Path(__file__).parent / "_oversight_pages.py"


def run() -> dict[str, float]:
    return on_postgresql(CHILD)
