"""How much charge is left, as the kernel says it (`/sys/class/power_supply/*/capacity`).

Of several batteries the emptiest counts. What is no battery of this device (mains, a mouse's) or says
nothing readable is passed over: a recorder is not to fail because its battery does not answer.
"""

from __future__ import annotations

from pathlib import Path

SUPPLIES = Path("/sys/class/power_supply")


def charge(supplies: Path = SUPPLIES) -> int | None:
    """Per cent, 0 to 100; None where there is no battery."""
    found = [_capacity(supply) for supply in sorted(supplies.glob("*"))]
    return min((percent for percent in found if percent is not None), default=None)


def _capacity(supply: Path) -> int | None:
    if _read(supply / "type") not in ("", "Battery") or _read(supply / "scope") == "Device":
        return None
    text = _read(supply / "capacity")
    return min(int(text), 100) if text.isascii() and text.isdecimal() else None


def _read(path: Path) -> str:
    """The file's one line; empty where it cannot be read."""
    try:
        return path.read_text("ascii")[:64].strip()
    except (OSError, ValueError):
        return ""
