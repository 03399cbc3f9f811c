"""The lock after failures (rules_login). A try is counted before it is judged, in the database: many guesses
at once are as many tries, and the one that fills the count is the last that is judged at all.
"""

from __future__ import annotations

from django.db.models import F, Q

from zhilu.server.ledger.clock import now
from zhilu.server.organisation.models import User
from zhilu.server.organisation.rules_login import LOCK, MOST_FAILURES


def spend(user: User) -> int:
    """Count one try. 0: the login is locked, judge nothing. Else what `refund` wants to know."""
    is_open = Q(locked_until=None) | Q(locked_until__lte=now())
    mine = User.objects.filter(is_open, pk=user.pk)
    if mine.filter(failures__lt=MOST_FAILURES - 1).update(failures=F("failures") + 1):
        return 1
    return 2 if mine.update(failures=0, locked_until=now() + LOCK) else 0


def refund(user: User, spent: int) -> None:
    """That try was right; those before it stay failures."""
    mine = User.objects.filter(pk=user.pk)
    if spent == 2:
        mine.update(failures=MOST_FAILURES - 1, locked_until=None)
    else:
        mine.filter(failures__gt=0).update(failures=F("failures") - 1)


def forget(user: User) -> None:
    """Signed in, with all that is wanted."""
    User.objects.filter(pk=user.pk).update(failures=0, locked_until=None)
