"""Does the ledger's pass run? Read from the kernel's list of locks: to try the lock could keep it from
starting.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from zhilu.server.pages.services.health.finding import BAD, GOOD, Finding

LOCKS = Path("/proc/locks")


def check(at: datetime) -> Finding:
    if _is_held(settings.ZHILU.home / "work.lock"):
        return Finding(GOOD, _("Worker"), _("The ledger's pass runs: entries are signed and published."))
    return Finding(
        BAD,
        _("Worker"),
        _("The ledger's pass does not run: nothing is signed, no receipt is given, no recorder is cleared."),
        _("Start the server's service again, or `zhilu server work`; its log says why it ended."),
    )


def _is_held(lock: Path) -> bool:
    try:
        inode = lock.stat().st_ino
        lines = LOCKS.read_text().splitlines()
    except OSError:
        return False
    return any(" FLOCK " in line and f":{inode} " in line for line in lines)
