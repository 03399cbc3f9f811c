"""How browsers reach the server. Its TLS certificate is the proxy's, and out of this program's sight."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from zhilu.server.pages.services.health.finding import ATTENTION, GOOD, Finding


def check(at: datetime) -> Finding:
    title = _("Server's certificate")
    if settings.ZHILU.secure_cookies:
        says = _("Browsers come over HTTPS. The certificate is the proxy's: this page cannot see its end.")
        return Finding(GOOD, title, says)
    says = _("Browsers come without HTTPS: whoever is between reads passwords and texts.")
    todo = _("Put a proxy with a certificate before it, and set web.secure_cookies in server.toml.")
    return Finding(ATTENTION, title, says, todo)
