"""Statistics in a county of a million recordings, through the real page, on PostgreSQL.

`stats_page_ms` ≤ 1,000: the slowest page counted from the rows: a month, a department's month, a class, and
two years, for a person of the whole bureau and for one of a department. `stats_tallied_ms` ≤ 200: the slowest
of the same from tallies. `stats_tally_s`: making all tallies anew. `stats_day_ms`: bringing them up to date
after an entry. `stats_most_queries` ≤ 15: of a page from tallies. Rows are not the ledger's: see _million.py.

ZHILU_LISTS_RECORDINGS and ZHILU_LISTS_KEEP as in lists.py.
"""

from pathlib import Path

from lists import run as on_a_million

CHILD = Path(__file__).parent / "_stats.py"


def run() -> dict[str, float]:
    return on_a_million(CHILD)
