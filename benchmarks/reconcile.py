"""What arrived of a month of a large city, 142,000 recordings of 486 recorders that are applied already, on a
real PostgreSQL: made anew from the tables of its ledger, and the pages over it.

`reconcile_month_s` ≤ 60: all days, holes and reach of the month, from nothing. `absence_page_ms` ≤ 500: the
slowest of month, day, list with each filter, recorders. `absence_most_queries` ≤ 15: of any of them. One
recording in two hundred is missing at some step. Rows are not the ledger's: they are written past it.
"""

from pathlib import Path

from lists import run as on_a_home

CHILD = Path(__file__).parent / "_reconcile.py"


def run() -> dict[str, float]:
    return on_a_home(CHILD)
