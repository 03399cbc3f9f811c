"""`zhilu station check`: one round of all checks, and the alarms that are open, beside a running station or
without one. It changes nothing.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from zhilu.errors import ZhiluError
from zhilu.i18n import _
from zhilu.station import home
from zhilu.station.alarm import Finding
from zhilu.station.checks.sentences import SENTENCES
from zhilu.station.daemon import Station


def check(path: Path) -> int:
    """Prints; 1 where there is anything to say."""
    station = Station(home.load(path))
    findings = asyncio.run(_look(station))
    lines = [_line(finding.code, finding.bay, finding.detail) for finding in findings]
    found = {(finding.bay, finding.code) for finding in findings}
    for alarm in station.alarms.open():
        # What a check of the running station found, this round has found too, or it is over.
        if (alarm.bay, alarm.code) not in found and not alarm.standing:
            times = f" ×{alarm.count}" if alarm.count > 1 else ""
            lines.append(_line(alarm.code, alarm.bay, (alarm.detail or alarm.about) + times))
    print("\n".join(lines) if lines else _("All is well."))
    return 1 if lines else 0


async def _look(station: Station) -> list[Finding]:
    county = station.county
    with suppress(ZhiluError):
        # Whether it answers, and what its clock says; what it sends is the running station's business.
        await county.snapshot()
    findings = await station.checks.look()
    await county.close()
    if county.reachable is False and not any(one.code == "county-away" for one in findings):
        findings.append(Finding("county-away"))
    return findings


def _line(code: str, bay: int | None, detail: str) -> str:
    where = _("Bay {n}: ").format(n=bay) if bay is not None else ""
    said = _(SENTENCES[code]) if code in SENTENCES else _("An alarm is open.")
    return f"{where}{said} [{code}{' ' + detail if detail else ''}]"
