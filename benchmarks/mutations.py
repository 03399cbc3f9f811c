"""Random mutations of sound evidence: how many nobody found. `mutations_missed` = 0 of 10,000.

What is altered, and what counts as found: tests/support/mutations.py. Each miss is printed with its seed.
ZHILU_MUTATIONS makes it another number. `mutations_seconds` is what it took.
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from support.mutations import missed

EACH = 10
"""Mutants of one pair of recordings."""


def run() -> dict[str, float]:
    count = int(os.environ.get("ZHILU_MUTATIONS", "10000"))
    begun = time.monotonic()
    with ProcessPoolExecutor() as pool:
        seeds = range(1000, 1000 + count // EACH)
        lost = [
            name for names in pool.map(partial(missed, mutants=EACH), seeds, chunksize=10) for name in names
        ]
    for name in lost:
        print("missed:", name)
    return {"mutations_missed": len(lost), "mutations_seconds": time.monotonic() - begun}
