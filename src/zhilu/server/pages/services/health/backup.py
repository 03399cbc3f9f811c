"""When was the last backup?"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from zhilu.server.pages.services.health.finding import ATTENTION, Finding


def check(at: datetime) -> Finding:
    """Never: this release has no backup command, so there is nothing that could have been noted."""
    return Finding(
        ATTENTION,
        _("Backup"),
        _("Last backup: never. This release has no backup command; what other programs copy, it cannot see."),
        _("Copy the server's folder and its database to another host each day, by means of your own."),
    )
