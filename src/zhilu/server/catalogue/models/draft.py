from __future__ import annotations

from django.db import models


class Change(models.Model):
    """What the next version will have otherwise than the newest: an ordinary row, no evidence. One draft for
    the bureau; whoever edits last is named.
    """

    id = models.CharField(max_length=40, primary_key=True)  # part and code
    part = models.CharField(max_length=16)
    code = models.CharField(max_length=16)
    value = models.JSONField(null=True)  # null: no longer listed
    by = models.UUIDField()
    at = models.DateTimeField()
