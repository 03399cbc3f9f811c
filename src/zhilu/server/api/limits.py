"""How much one caller may ask.

- A token: CALLS a minute. An address without a token that counts: GUESSES a minute; no guess comes near a
  secret of 32 bytes, this keeps the log short.
- Rows of links whose `match` finds no act: MISSES a day of a token. More of them are no matching but a
  search for what an officer wrote.
- Rows of due tasks that are entered, new or as another version: so many a day as the token was granted;
  whoever counts them holds the ledger's lock. What is entered stays for good, and goes to the city.
- A body: BODY bytes, told by its Content-Length before any of it is read.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import F

from zhilu.server.ledger.clock import now, unix_s
from zhilu.server.organisation.models import ApiUse

CALLS, GUESSES = 600, 30
MISSES, DAY = 500, 86_400
BODY = 262_144
MOST_ROWS = 500
KEPT = timedelta(days=1)


def of_address(address: str) -> str:
    return f"address {address}"[:80]


def missing(token: UUID) -> str:
    return f"missing {token}"


def tasks_of(token: UUID) -> str:
    return f"tasks {token}"


def room(key: str, most: int, seconds: int) -> int:
    """How many are left of the time that runs."""
    used = ApiUse.objects.filter(key=key, minute=unix_s() // seconds).values_list("count", flat=True).first()
    return max(most - (used or 0), 0)


def count(key: str, more: int, seconds: int) -> None:
    """That so many were used of it. For who is alone at this key."""
    minute = unix_s() // seconds
    if not ApiUse.objects.filter(key=key, minute=minute).update(count=F("count") + more, at=now()):
        ApiUse.objects.update_or_create(key=key, defaults={"minute": minute, "count": more, "at": now()})


def spent(key: str, most: int, seconds: int = 60) -> bool:
    """Whether `key` has had its `most` of the time that runs."""
    return ApiUse.objects.filter(key=key, minute=unix_s() // seconds, count__gte=most).exists()


def take(key: str, most: int, seconds: int = 60) -> bool:
    """Whether this call of `key` is among the first `most` of its minute, or of so many seconds."""
    minute = unix_s() // seconds
    if _one_more(key, minute, most):
        return True
    first = {"minute": minute, "count": 1, "at": now()}
    if ApiUse.objects.filter(key=key, minute__lt=minute).update(**first):
        return True
    _made, is_new = ApiUse.objects.get_or_create(key=key, defaults=first)
    if is_new:
        ApiUse.objects.filter(key__startswith="address ", at__lt=now() - KEPT).delete()
    # Another call of this key may have begun the minute between the two.
    return is_new or _one_more(key, minute, most)


def _one_more(key: str, minute: int, most: int) -> bool:
    found = ApiUse.objects.filter(key=key, minute=minute, count__lt=most)
    return found.update(count=F("count") + 1, at=now()) > 0
