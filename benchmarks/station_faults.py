"""A station at work while everything round it breaks: tests/support/station_faults.py.

- `station_faults`: so many took effect. `station_lost_bytes` = 0: of media that nobody holds any more.
- `station_fault_defects` = 0: cleared early, stored twice, left over, unsound, a program that fell over.
- `station_faults_s`: how long it took.

ZHILU_STATION_FAULTS makes it another number than 50; 1,000 take some ten minutes.
"""

import os
import time

from support.rounds import on_disk
from support.station_faults import faults_apart


def run() -> dict[str, float]:
    begun = time.monotonic()
    with on_disk() as folder:
        outcome = faults_apart(folder / "world", int(os.environ.get("ZHILU_STATION_FAULTS", "50")), 1)
    for finding in outcome.early + outcome.twice + outcome.defects:
        print(finding)
    return {
        "station_faults": outcome.count,
        "station_lost_bytes": outcome.lost_bytes,
        "station_fault_defects": len(outcome.early) + len(outcome.twice) + len(outcome.defects),
        "station_faults_s": time.monotonic() - begun,
    }
