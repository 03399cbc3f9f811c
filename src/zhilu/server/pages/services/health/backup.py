"""When was the last backup?"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from zhilu.server.backup import noted
from zhilu.server.pages.services.health.finding import ATTENTION, Finding, above, ago

DAILY, LATE = timedelta(hours=26), timedelta(days=7)


def check(at: datetime) -> Finding:
    """By what `zhilu server backup` wrote down in the home; whether the copy is still there, nobody here
    can see.
    """
    title, last = _("Backup"), noted.last(settings.ZHILU.home)
    todo = _("Let zhilu server backup run every day, to another host (docs/operate/county.md).")
    if last is None:
        return Finding(ATTENTION, title, _("Last backup: never, as far as this server knows."), todo)
    age = at - last
    state = above(age / DAILY, 1, LATE / DAILY)
    says = _("Last backup: %(ago)s ago.") % {"ago": ago(last, at)}
    return Finding(state, title, says, "" if age <= DAILY else todo)
