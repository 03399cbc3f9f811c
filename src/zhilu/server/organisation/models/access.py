from __future__ import annotations

from django.db import models


class AccessRow(models.Model):
    """Who looked at what. Rows are only ever added; the digest of each batch is in the ledger."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    person = models.UUIDField(null=True)
    action = models.CharField(max_length=32)
    target = models.CharField(max_length=200)
    success = models.BooleanField()
    address = models.CharField(max_length=64)


class AccessBatch(models.Model):
    """Rows up to `last` are covered by the ledger entry `entry`."""

    last = models.BigIntegerField(primary_key=True)
    first = models.BigIntegerField()
    count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    entry = models.BigIntegerField()
