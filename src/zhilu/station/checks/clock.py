"""`clock-off`: this clock and the county's differ. It goes into handovers, and sets recorders."""

from zhilu.station.alarm import Finding
from zhilu.station.checks.look import Look

MOST_US = 5_000_000
"""The county's answers tell its time in whole seconds."""


def check(look: Look) -> list[Finding]:
    offset_us = look.parts.county.clock_offset_us
    if offset_us is None or abs(offset_us) <= MOST_US:
        return []
    return [Finding("clock-off", detail=f"{offset_us / 1_000_000:+.0f} s")]
