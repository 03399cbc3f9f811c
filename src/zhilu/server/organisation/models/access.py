from __future__ import annotations

from django.db import models


class AccessRow(models.Model):
    """Who looked at what. Rows are only ever added; the digest of each batch is in the ledger. `person`: or a
    token of the API; `about`: the recording, act, viewing or person that the page or file was about.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    person = models.UUIDField(null=True)
    action = models.CharField(max_length=32)
    target = models.CharField(max_length=200)
    success = models.BooleanField()
    address = models.CharField(max_length=64)
    about = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], name="access_newest"),
            models.Index(fields=["about", "at"], name="access_about"),
            models.Index(fields=["person", "at"], name="access_person"),
        ]


class AccessListed(models.Model):
    """A record that a list, a search or an exported list showed. Covered by the digest of its row."""

    id = models.BigAutoField(primary_key=True)
    row = models.ForeignKey(AccessRow, models.PROTECT, related_name="listed")
    about = models.UUIDField()

    class Meta:
        indexes = [models.Index(fields=["about", "row"], name="access_listed")]


class AccessBatch(models.Model):
    """Rows up to `last` are covered by the ledger entry `entry`."""

    last = models.BigIntegerField(primary_key=True)
    first = models.BigIntegerField()
    count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    entry = models.BigIntegerField()
