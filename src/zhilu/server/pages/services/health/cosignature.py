"""Is everything in the ledger covered by a cosigned checkpoint, and since when not?"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.server.ledger.services.commit import size
from zhilu.server.pages.services.health.finding import ATTENTION, GOOD, Finding, above, ago

LATE, TOO_LATE = timedelta(minutes=5), timedelta(hours=1)


def check(at: datetime) -> Finding:
    title = _("Cosignature")
    newest = Checkpoint.objects.exclude(cosigned_at=None).order_by("-size").first()
    if newest is None or newest.cosigned_at is None:
        says = _("No checkpoint has been cosigned yet: no recorder gets a receipt, and none is cleared.")
        return Finding(ATTENTION, title, says, _todo())
    says = _("The newest cosigned checkpoint covers %(size)s entries and is %(age)s old.") % {
        "size": newest.size,
        "age": ago(newest.cosigned_at, at),
    }
    waiting = size() - newest.size
    first = Entry.objects.filter(index=newest.size).first()
    if waiting <= 0 or first is None:
        return Finding(GOOD, title, says + _(" Nothing waits for one."))
    state = above((at - first.at).total_seconds(), LATE.total_seconds(), TOO_LATE.total_seconds())
    says += _(" %(count)s entries wait for the next one, the first for %(age)s.") % {
        "count": waiting,
        "age": ago(first.at, at),
    }
    return Finding(state, title, says, "" if state == GOOD else _todo())


def _todo() -> str:
    return _("See that the keyholder's host runs and that this server reaches it.")
