"""Room for what is to come: on the disks of store and database."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from zhilu.server.pages.services.health.finding import BAD, GOOD, Finding, below, worst
from zhilu.server.pages.templatetags.zhilu import size

GIB = 2**30
LOW, TOO_LOW = 50 * GIB, 5 * GIB
LOW_SHARE, TOO_LOW_SHARE = 0.10, 0.02


def check(at: datetime) -> Finding:
    title = _("Server's disk")
    try:
        free, total = _least(settings.ZHILU.home, settings.ZHILU.store_folder)
    except OSError:
        says = _("The server's folders cannot be read: nothing can be stored.")
        return Finding(BAD, title, says, _("See that the disk is mounted and whole."))
    # A small disk is low by its share, a large one by what is left.
    state = worst([below(free / total, LOW_SHARE, TOO_LOW_SHARE), below(free, LOW, TOO_LOW)])
    says = _("%(free)s of %(total)s are free. When nothing is left, stations keep what they collect.") % {
        "free": size(free),
        "total": size(total),
    }
    todo = _("Add room; a busy recorder brings about 3 GB an hour.")
    return Finding(state, title, says, "" if state == GOOD else todo)


def _least(*folders: Path) -> tuple[int, int]:
    """Free and total, of the disk with the least room."""
    found = [shutil.disk_usage(folder) for folder in folders]
    least = min(found, key=lambda one: one.free)
    return least.free, least.total
