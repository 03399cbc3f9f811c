from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class Recording(Evidential):
    """A stored recording. `department`: the officer's, as it was at collection."""

    id = models.UUIDField(primary_key=True)
    recorder = models.CharField(max_length=43, db_index=True)
    lines = models.BigIntegerField()
    last = models.CharField(max_length=64)
    segments = models.BigIntegerField()
    length = models.BigIntegerField()
    origin = models.CharField(max_length=16)
    drill = models.BooleanField()
    officer = models.UUIDField(null=True)
    department = models.UUIDField(null=True, db_index=True)
    policy = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField()
    handover = models.CharField(max_length=64)
    officer_check = models.CharField(max_length=16)
    station = models.CharField(max_length=43)
    bay = models.PositiveSmallIntegerField()
    closed_by = models.CharField(max_length=20)
    copies = models.PositiveSmallIntegerField()
    stored_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="recording_newest"),
            models.Index(fields=["officer", "-opened_at", "-id"], name="recording_of_officer"),
        ]
