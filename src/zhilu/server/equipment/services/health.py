"""The newest word of each station about itself (spec/registers.md §5)."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction

from zhilu.errors import DataError
from zhilu.protocols.health import LEAST_S, Health
from zhilu.server.equipment.models import StationHealth
from zhilu.server.ledger.clock import now


def take(station: str, body: bytes) -> None:
    """Keeps it in place of the one before; at most once in 30 s, over all threads and processes."""
    report = Health.from_bytes(body).to_json()
    at = now()
    due = StationHealth.objects.filter(station=station, received_at__lte=at - timedelta(seconds=LEAST_S))
    if due.update(received_at=at, report=report):
        return
    try:
        with transaction.atomic():
            StationHealth.objects.create(station=station, received_at=at, report=report)
    except IntegrityError:
        raise DataError(
            "too-soon", "A station tells its health at most once in {least} s.", least=LEAST_S
        ) from None
