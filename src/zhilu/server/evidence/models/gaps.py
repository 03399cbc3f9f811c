from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class Gap(Evidential):
    """A time within a recording in which nothing came from its camera."""

    id = models.CharField(max_length=50, primary_key=True)  # recording/place
    recording = models.UUIDField(db_index=True)
    recorder = models.CharField(max_length=43)
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=64)
