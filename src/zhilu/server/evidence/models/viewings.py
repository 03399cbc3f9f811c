from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class Viewing(Evidential):
    """A viewing as the ledger tells it. Whether it opens anything, the keyholder decides, not this row."""

    PERSONAL = ("reason",)

    id = models.UUIDField(primary_key=True)
    viewer = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=32)
    requested = models.DateTimeField()
    expires = models.DateTimeField()
    reason = models.CharField(max_length=500, default="")
    approver = models.UUIDField(null=True)
    approved = models.BooleanField(null=True)
    decided = models.DateTimeField(null=True)
    decided_entry = models.BigIntegerField(null=True)


class ViewingSpan(Evidential):
    id = models.CharField(max_length=80, primary_key=True)  # viewing and recording
    viewing = models.ForeignKey(Viewing, models.PROTECT, related_name="spans")
    recording = models.UUIDField(db_index=True)
    first = models.BigIntegerField()
    last = models.BigIntegerField()


class KeyRelease(Evidential):
    id = models.BigIntegerField(primary_key=True)  # the entry's index
    viewing = models.UUIDField(db_index=True)
    recording = models.UUIDField(db_index=True)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    viewer_key = models.CharField(max_length=43)
    expires = models.DateTimeField()
    at = models.DateTimeField()
