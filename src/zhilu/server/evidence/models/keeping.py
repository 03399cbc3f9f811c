from __future__ import annotations

from django.db import models

from zhilu.server.evidence.rules_keeping import LONGEST_TEXT
from zhilu.server.ledger.models import Evidential


class Lengthened(Evidential):
    """Somebody said that a recording is to be kept longer; the longest counts (services/keeping.py)."""

    PERSONAL = ("text",)

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    recording = models.UUIDField(db_index=True)
    keep = models.CharField(max_length=64)
    reason = models.CharField(max_length=64)
    text = models.CharField(max_length=LONGEST_TEXT, default="")
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
