"""`sensor-missing`: the settings name a fingerprint reader and there is none."""

from zhilu.station.alarm import Finding
from zhilu.station.checks.look import Look


def check(look: Look) -> list[Finding]:
    return [Finding("sensor-missing")] if look.parts.desk.sensor is False else []
