"""`snapshot-old`: the list of devices and people is a day old. `snapshot-expired`: there is none in force,
and no recorder is taken.
"""

from datetime import timedelta

from zhilu.errors import DataError
from zhilu.station.alarm import Finding
from zhilu.station.checks.look import Look

OLD = timedelta(hours=24)


def check(look: Look) -> list[Finding]:
    snapshots = look.parts.snapshots
    try:
        snapshots.current()
    except DataError as error:
        return [Finding("snapshot-expired", detail=error.code)]
    issued = snapshots.issued
    if issued is None or look.now - issued <= OLD:
        return []
    return [Finding("snapshot-old", detail=f"{(look.now - issued).total_seconds() / 3600:.0f} h")]
