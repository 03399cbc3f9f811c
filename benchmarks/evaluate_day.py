"""A month of a large city, 100,000 tasks, 142,000 recordings, 99,000 acts in the tables of a real PostgreSQL:
what one day shows, read and judged; then all of it for the first time, with its findings entered.

`evaluate_day_s` ≤ 5: the slowest of three days, facts, matching and all rules. `evaluate_month_s`: the first
time, matches kept and findings in the ledger. `evaluate_rss_mb` ≤ 1,500. `evaluate_task_ms`: why one task has
its act. Rows are not the ledger's: they are written past it. ZHILU_EVALUATE_SHARE makes it smaller.
"""

from pathlib import Path

from lists import run as on_a_home

CHILD = Path(__file__).parent / "_evaluate_day.py"


def run() -> dict[str, float]:
    return on_a_home(CHILD)
