"""`county-away`: the county server has not been reached for five minutes."""

from zhilu.station.alarm import Finding
from zhilu.station.checks.look import Look

AFTER_S = 300.0


def check(look: Look) -> list[Finding]:
    if look.away_s is None:
        return []
    # After a restart nobody knows yet for how long: what stood, stands until an answer comes.
    away = look.away_s >= AFTER_S or look.parts.alarms.stands("county-away")
    return [Finding("county-away")] if away else []
