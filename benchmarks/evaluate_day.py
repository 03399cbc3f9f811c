"""A month of a large city, 100,000 tasks, 142,000 recordings, 99,000 acts in the tables of a real PostgreSQL:
what one day shows, judged; then all of it for the first time.

`evaluate_day_s` ≤ 5: one day of it, as the worker judges it, its findings entered and its matches kept.
`evaluate_month_s`: the first time, all matches kept and findings in the ledger. `evaluate_rss_mb` ≤ 1,500.
Rows are not the ledger's: they are written past it.
ZHILU_EVALUATE_SHARE makes it smaller.
"""

from pathlib import Path

from lists import run as on_a_home

CHILD = Path(__file__).parent / "_evaluate_day.py"


def run() -> dict[str, float]:
    return on_a_home(CHILD)
