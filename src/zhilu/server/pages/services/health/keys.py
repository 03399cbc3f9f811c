"""The server's own keys: are they there, and may nobody else read them?"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from zhilu.server.pages.services.health.finding import BAD, GOOD, Finding

NAMES = ("ledger.key", "text.key", "secret.key")
OTHERS = 0o077


def check(at: datetime) -> Finding:
    title = _("Server's keys")
    home = settings.ZHILU.home
    gone = [name for name in NAMES if not _is_there(home / name)]
    if gone:
        says = _("Keys are missing or cannot be read: %(names)s.") % {"names": ", ".join(gone)}
        return Finding(BAD, title, says, _("Bring them back from the copy that was made at the start."))
    loose = [name for name in NAMES if (home / name).stat().st_mode & OTHERS]
    if loose:
        says = _("Others on this host may read %(names)s.") % {"names": ", ".join(loose)}
        return Finding(BAD, title, says, _("Take the rights from group and others (chmod 600)."))
    says = _("Keys of ledger, texts and sessions are there; only the server reads them.")
    return Finding(GOOD, title, says)


def _is_there(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return bool(file.read(1))
    except OSError:
        return False
