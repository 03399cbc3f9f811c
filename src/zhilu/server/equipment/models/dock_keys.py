from __future__ import annotations

from django.db import models

from zhilu.server.equipment.rules import WAITING


class PendingDockKey(models.Model):
    """A security key that was made at a station's page and that nobody has vouched for yet, or who said what
    became of it. No evidence: an ordinary row, for a day."""

    credential = models.CharField(max_length=1400, unique=True)
    person = models.UUIDField(db_index=True)
    station = models.CharField(max_length=43, db_index=True)
    public_key = models.TextField()
    rp_id = models.CharField(max_length=200)
    aaguid = models.CharField(max_length=36, null=True)
    at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=16, default=WAITING)
