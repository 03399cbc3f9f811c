"""`spool-old`: a recording has been here for a day and is not stored at the county."""

from datetime import UTC, datetime, timedelta

from zhilu.station.alarm import Finding
from zhilu.station.checks.look import Look
from zhilu.station.spool import STORED, Recording

OLD = timedelta(hours=24)


def check(look: Look) -> list[Finding]:
    old = sum(1 for one in look.parts.spool.recordings() if _waits(one, look.now))
    return [Finding("spool-old", detail=str(old))] if old else []


def _waits(recording: Recording, now: datetime) -> bool:
    try:
        # Written when the recording was begun to be taken over, and never again.
        begun = datetime.fromtimestamp(recording.handover.stat().st_mtime, UTC)
        return now - begun > OLD and recording.state.stage != STORED
    except FileNotFoundError:
        return False  # an import, or gone meanwhile
