"""Is it all well? One check a file, each with `check(at)`: a state, what it means, what to do."""

from __future__ import annotations

from datetime import datetime

from zhilu.server.pages.services.health import (
    backup,
    certificates,
    cosignature,
    disk,
    keys,
    mail,
    root,
    stations,
    transport,
    worker,
)
from zhilu.server.pages.services.health.finding import STATES, Check, Finding

CHECKS: tuple[Check, ...] = (
    worker.check,
    cosignature.check,
    disk.check,
    keys.check,
    root.check,
    transport.check,
    certificates.check,
    backup.check,
    mail.check,
)
"""Of the server; the stations' is made from the rows that the page shows besides."""


def findings(at: datetime, of_stations: list[stations.Row]) -> list[Finding]:
    """The worst first."""
    found = [stations.finding(of_stations), *(check(at) for check in CHECKS)]
    return sorted(found, key=lambda one: STATES.index(one.state))
