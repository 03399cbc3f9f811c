from __future__ import annotations

from django.db import models

from zhilu.server.evidence.rules_desk import LONGEST_ASIDE
from zhilu.server.ledger.models import Evidential


class Recording(Evidential):
    """A stored recording. `department`: the officer's, as it was at collection. From `duration_us` on: what
    lists filter by, kept by `evidence.standing`; `aside` is the reason for which nothing is to be described,
    `assigned` who was told to describe it.
    """

    id = models.UUIDField(primary_key=True)
    recorder = models.CharField(max_length=43, db_index=True)
    lines = models.BigIntegerField()
    last = models.CharField(max_length=64)
    segments = models.BigIntegerField()
    length = models.BigIntegerField()
    origin = models.CharField(max_length=16)
    drill = models.BooleanField()
    officer = models.UUIDField(null=True)
    department = models.UUIDField(null=True, db_index=True)
    policy = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField()
    handover = models.CharField(max_length=64)
    officer_check = models.CharField(max_length=16)
    station = models.CharField(max_length=43)
    bay = models.PositiveSmallIntegerField()
    closed_by = models.CharField(max_length=20)
    copies = models.PositiveSmallIntegerField()
    stored_at = models.DateTimeField()
    duration_us = models.BigIntegerField(null=True)
    acts = models.PositiveIntegerField(default=0)
    aside = models.CharField(max_length=16, default="")
    assigned = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="recording_newest"),
            models.Index(fields=["officer", "-opened_at", "-id"], name="recording_of_officer"),
        ]


class SetAside(Evidential):
    """Somebody said of a recording that there is nothing to describe."""

    PERSONAL = ("text",)

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    recording = models.UUIDField(db_index=True)
    reason = models.CharField(max_length=16)
    text = models.CharField(max_length=LONGEST_ASIDE, default="")
    by = models.UUIDField()
    at = models.DateTimeField()


class DescriptionAssigned(Evidential):
    """Who was told to describe a recording; the newest counts."""

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    recording = models.UUIDField(db_index=True)
    officer = models.UUIDField()
    by = models.UUIDField()
    at = models.DateTimeField()
