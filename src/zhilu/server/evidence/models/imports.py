from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential

LONGEST_NAME, LONGEST_CLAIM = 300, 100


class Import(Evidential):
    """What a recording has beyond others when a station imported it: its place in the station's row, its
    source.

    `follows`: its `prev` was the end of the row. `repeats`: an earlier import of the same bytes. The personal
    columns are what the file's name and the card claim.
    """

    PERSONAL = ("name", "serial", "claimed_officer", "claimed_at", "modified_at")

    id = models.UUIDField(primary_key=True)  # the recording
    station = models.CharField(max_length=43)
    prev = models.CharField(max_length=64)
    last = models.CharField(max_length=64)
    follows = models.BooleanField()
    repeats = models.UUIDField(null=True)
    media = models.CharField(max_length=64)
    source_sha256 = models.CharField(max_length=64, db_index=True)
    source_size = models.BigIntegerField()
    source_state = models.CharField(max_length=16)
    duration_us = models.BigIntegerField(null=True)
    name = models.CharField(max_length=LONGEST_NAME, default="")
    serial = models.CharField(max_length=LONGEST_CLAIM, default="")
    claimed_officer = models.CharField(max_length=LONGEST_CLAIM, default="")
    claimed_at = models.CharField(max_length=LONGEST_CLAIM, default="")
    modified_at = models.CharField(max_length=LONGEST_CLAIM, default="")

    class Meta:
        indexes = [models.Index(fields=["station", "-entry"], name="import_row")]
