"""What the checks look at, gathered once a round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from zhilu.station.parts import Parts
from zhilu.station.room import Measured


@dataclass(frozen=True)
class Look:
    """`used_bytes` of the spool, `free_bytes` of the disk: what recordings that are begun will still grow by
    counts as there. `away_s`: for how long the county has not been reached, None while it is. `broken_bays`:
    why, by number, of bays whose own task ended with a defect."""

    parts: Parts
    now: datetime
    used_bytes: int
    free_bytes: int
    disk_bytes: int
    away_s: float | None
    broken_bays: Mapping[int, str]


def gather(parts: Parts, room: Measured, away_s: float | None, broken_bays: Mapping[int, str]) -> Look:
    return Look(
        parts=parts,
        now=parts.clock(),
        used_bytes=room.used + room.promised,
        free_bytes=max(0, room.free - room.promised),
        disk_bytes=room.disk,
        away_s=away_s,
        broken_bays=broken_bays,
    )
