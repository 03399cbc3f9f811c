from __future__ import annotations

from django.db import models


class Intake(models.Model):
    """A recording on its way in: what its journal says, and how far its media have come. An ordinary row."""

    id = models.UUIDField(primary_key=True)
    recorder = models.CharField(max_length=43)
    station = models.CharField(max_length=43)
    handover = models.CharField(max_length=64)
    lines = models.BigIntegerField()
    last = models.CharField(max_length=64)
    segments = models.BigIntegerField()
    length = models.BigIntegerField()
    held_segments = models.BigIntegerField(default=0)
    held_length = models.BigIntegerField(default=0)
