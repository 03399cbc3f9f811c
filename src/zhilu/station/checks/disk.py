"""The disk: `disk-full` where no recording is begun any more, `disk-low` before that.

Low begins under the settings' low_percent and ends two percent above it: at the edge it does not come and go.
"""

from zhilu.station.alarm import Finding
from zhilu.station.checks.look import Look
from zhilu.station.spool import LEFT_FREE

EDGE_PERCENT = 2


def check(look: Look) -> list[Finding]:
    detail = f"{look.free_bytes / 10**9:.1f} GB"
    if look.free_bytes <= LEFT_FREE:
        return [Finding("disk-full", detail=detail)]
    edge = EDGE_PERCENT if look.parts.alarms.stands("disk-low") else 0
    low = look.parts.home.settings.spool.low_percent + edge
    return [Finding("disk-low", detail=detail)] if look.free_bytes * 100 < look.disk_bytes * low else []
