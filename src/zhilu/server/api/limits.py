"""How much one caller may ask.

- A token: CALLS a minute. An address without a token that counts: GUESSES a minute; no guess comes near a
  secret of 32 bytes, this keeps the log short.
- A body: BODY bytes, told by its Content-Length before any of it is read.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from zhilu.server.ledger.clock import now, unix_s
from zhilu.server.organisation.models import ApiUse

CALLS, GUESSES = 600, 30
BODY = 262_144
MOST_ROWS = 500
KEPT = timedelta(days=1)


def of_address(address: str) -> str:
    return f"address {address}"[:80]


def take(key: str, most: int) -> bool:
    """Whether this call of `key` is among the first `most` of its minute."""
    minute = unix_s() // 60
    one_more = ApiUse.objects.filter(key=key, minute=minute, count__lt=most)
    if one_more.update(count=F("count") + 1, at=now()):
        return True
    with transaction.atomic():
        row = ApiUse.objects.filter(key=key).first()
        if row is not None and row.minute == minute:
            return False
        if row is None:
            ApiUse.objects.filter(key__startswith="address ", at__lt=now() - KEPT).delete()
        ApiUse.objects.update_or_create(key=key, defaults={"minute": minute, "count": 1, "at": now()})
    return True
