"""`bay-broken`: a bay's network interface is there and does not come up, or its task ended with a defect.

An interface of a bay is there only while a recorder is plugged in: none is an empty bay.
"""

from pathlib import Path

from zhilu.station.alarm import Finding
from zhilu.station.checks.look import Look

INTERFACES = Path("/sys/class/net")


def check(look: Look) -> list[Finding]:
    found = {number: Finding("bay-broken", number, why) for number, why in look.broken_bays.items()}
    for bay in look.parts.home.settings.bays:
        if bay.interface is not None and _is_down(bay.interface):
            found.setdefault(bay.number, Finding("bay-broken", bay.number, bay.interface))
    return list(found.values())


def _is_down(interface: str) -> bool:
    try:
        return (INTERFACES / interface / "operstate").read_text().strip() not in ("up", "unknown")
    except OSError:
        return False
