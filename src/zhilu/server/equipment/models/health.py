"""What stations say of themselves: the newest word of each. Ordinary rows, no evidence."""

from __future__ import annotations

from django.db import models


class StationHealth(models.Model):
    """`received_at` by the county's clock; `report` as `protocols.health` reads it."""

    station = models.CharField(max_length=43, primary_key=True)
    received_at = models.DateTimeField()
    report = models.JSONField()
