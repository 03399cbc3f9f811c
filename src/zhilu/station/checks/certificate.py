"""`certificate-ending` 30 days before the station's certificate ends, `certificate-over` after it."""

from datetime import timedelta

from zhilu.station.alarm import Finding
from zhilu.station.checks.look import Look
from zhilu.station.health import certificate_until

ENDING = timedelta(days=30)


def check(look: Look) -> list[Finding]:
    until = certificate_until(look.parts.home.path / "tls.crt")
    if until is None:
        return [Finding("certificate-over", detail="tls.crt")]
    if look.now >= until:
        return [Finding("certificate-over", detail=f"{until:%Y-%m-%d}")]
    return [Finding("certificate-ending", detail=f"{until:%Y-%m-%d}")] if look.now > until - ENDING else []
