from __future__ import annotations

from django.db import models

from zhilu.server.evidence.models.viewings import Viewing
from zhilu.server.ledger.models import Evidential


class Copy(Evidential):
    """A sealed package that a viewer's page handed out. Counted apart from viewings."""

    id = models.UUIDField(primary_key=True)  # from viewing and entry
    viewing = models.ForeignKey(Viewing, models.PROTECT, related_name="copies")
    recording = models.UUIDField(db_index=True)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    recipient_key = models.CharField(max_length=43)
    sha256 = models.CharField(max_length=64)
    length = models.BigIntegerField()
    at = models.DateTimeField(db_index=True)
