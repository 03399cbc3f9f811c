"""`not-registered`: the county answers, and knows no station with this one's key: it is not enrolled there,
or was revoked. Nothing that this station sends is taken.
"""

from zhilu.station.alarm import Finding
from zhilu.station.checks.look import Look


def check(look: Look) -> list[Finding]:
    return [Finding("not-registered")] if look.parts.county.registered is False else []
