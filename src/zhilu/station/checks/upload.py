"""`upload-refused`: the county says no to something that this station sends; it is kept and tried again."""

from zhilu.station.alarm import Finding
from zhilu.station.checks.look import Look


def check(look: Look) -> list[Finding]:
    refused = look.parts.uploads.refused
    if not refused:
        return []
    codes = sorted(set(refused.values()))
    return [Finding("upload-refused", detail=f"{len(refused)}: {', '.join(codes)}"[:100])]
