"""Random mutations of sound evidence: how many nobody found. `mutations_missed` = 0 of 10,000.

What is altered, and what counts as found: tests/support/mutations.py; one in ten is of a whole store
(tests/support/random_stores.py). Each miss is printed with its seed.
ZHILU_MUTATIONS makes it another number. `mutations_seconds` is what it took.
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from support.mutations import missed
from support.random_stores import stores_missed

EACH, FIRST = 10, 1000
"""Mutants of one pair of recordings or one store; the first seed (smaller ones are the tests')."""


def run() -> dict[str, float]:
    count = int(os.environ.get("ZHILU_MUTATIONS", "10000"))
    begun = time.monotonic()
    stores = count // 10 // EACH
    with ProcessPoolExecutor() as pool:
        pairs = range(FIRST, FIRST + count // EACH - stores)
        ways = (missed, pairs), (stores_missed, range(FIRST, FIRST + stores))
        answers = [pool.map(partial(way, mutants=EACH), seeds, chunksize=10) for way, seeds in ways]
        lost = [name for way in answers for names in way for name in names]
    for name in lost:
        print("missed:", name)
    return {"mutations_missed": len(lost), "mutations_seconds": time.monotonic() - begun}
