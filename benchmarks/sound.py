"""Sound evidence of random shape: how much of it is accused of anything. `false_alarms` = 0 of 10,000.

How it is made: tests/support/shapes.py; one in ten is a whole store
(random_stores.py). Each accusation is printed with its seed. ZHILU_SOUND makes it
another number. `sound_seconds` is what it took.
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor

from support.random_stores import store_accusation
from support.verdicts import accusation

FIRST = 1000
"""Smaller seeds are the tests'."""


def run() -> dict[str, float]:
    count = int(os.environ.get("ZHILU_SOUND", "10000"))
    begun = time.monotonic()
    with ProcessPoolExecutor() as pool:
        singles, stores = range(FIRST, FIRST + count - count // 10), range(FIRST, FIRST + count // 10)
        ways = (accusation, singles), (store_accusation, stores)
        answers = [(way, seeds, pool.map(way, seeds, chunksize=50)) for way, seeds in ways]
        accused = [
            f"{way.__name__} seed={seed} {said}"
            for way, seeds, told in answers
            for seed, said in zip(seeds, told, strict=True)
            if said
        ]
    for said in accused:
        print(said)
    return {"false_alarms": len(accused), "sound_seconds": time.monotonic() - begun}
