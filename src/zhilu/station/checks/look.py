"""What the checks look at, gathered once a round."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from zhilu.station.parts import Parts
from zhilu.station.spool import used_bytes


@dataclass(frozen=True)
class Look:
    """`away_s`: for how long the county has not been reached, None while it is. `broken_bays`: why, by
    number, of bays whose own task ended with a defect."""

    parts: Parts
    now: datetime
    used_bytes: int
    free_bytes: int
    disk_bytes: int
    away_s: float | None
    broken_bays: Mapping[int, str]


def gather(parts: Parts, away_s: float | None, broken_bays: Mapping[int, str]) -> Look:
    """Walks the spool: not for the event loop."""
    disk = shutil.disk_usage(parts.spool.root)
    return Look(
        parts=parts,
        now=parts.clock(),
        used_bytes=used_bytes(parts.spool.root),
        free_bytes=disk.free,
        disk_bytes=disk.total,
        away_s=away_s,
        broken_bays=broken_bays,
    )
