"""The spool, where the settings limit it (`limit_gb`): `spool-full` where no recording is begun any more,
`spool-low` before that. Without a limit the disk is the limit, and the disk's check says it.
"""

from zhilu.station.alarm import Finding
from zhilu.station.checks.disk import EDGE_PERCENT
from zhilu.station.checks.look import Look


def check(look: Look) -> list[Finding]:
    limits = look.parts.home.settings.spool
    if limits.limit_bytes is None:
        return []
    room = limits.limit_bytes - look.used_bytes
    detail = f"{look.used_bytes / 10**9:.1f} / {limits.limit_bytes / 10**9:.1f} GB"
    if room <= 0:
        return [Finding("spool-full", detail=detail)]
    edge = EDGE_PERCENT if look.parts.alarms.stands("spool-low") else 0
    low = room * 100 < limits.limit_bytes * (limits.low_percent + edge)
    return [Finding("spool-low", detail=detail)] if low else []
