"""Alarms: what a person must look at. The same trouble again is counted."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from zhilu.server.equipment.models import Alarm
from zhilu.server.ledger.clock import now


def raise_alarm(code: str, about: str) -> None:
    """`about`: a kid or an id."""
    at = now()
    with transaction.atomic():
        _, is_new = Alarm.objects.get_or_create(
            code=code, about=about, defaults={"first_at": at, "last_at": at}
        )
        if not is_new:
            Alarm.objects.filter(code=code, about=about).update(last_at=at, count=F("count") + 1)
