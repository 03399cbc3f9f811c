from __future__ import annotations

from django.db import models
from django.db.models import Q

from zhilu.server.evidence.rules_desk import LONGEST_ASIDE
from zhilu.server.ledger.models import Evidential

NEWEST = ["-opened_at", "-id"]
"""The order of lists."""
SHORT = [
    "drill", "origin", "officer_check", "acts", "aside", "department", "stored_at", "duration_us",
    "marks", "closed_at",
]  # fmt: skip


class Recording(Evidential):
    """A stored recording. `department`: the officer's, as it was at collection. From `duration_us` on: what
    lists filter by, kept by `evidence.standing`; `aside` is the reason for which nothing is to be described,
    `assigned` who was told to describe it.
    """

    id = models.UUIDField(primary_key=True)
    recorder = models.CharField(max_length=43)
    lines = models.BigIntegerField()
    last = models.CharField(max_length=64)
    segments = models.BigIntegerField()
    length = models.BigIntegerField()
    origin = models.CharField(max_length=16)
    drill = models.BooleanField()
    officer = models.UUIDField(null=True)
    department = models.UUIDField(null=True)
    policy = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField()
    handover = models.CharField(max_length=64)
    officer_check = models.CharField(max_length=16)
    station = models.CharField(max_length=43)
    bay = models.PositiveSmallIntegerField()
    closed_by = models.CharField(max_length=20)
    copies = models.PositiveSmallIntegerField()
    marks = models.PositiveIntegerField(default=0)
    stored_at = models.DateTimeField()
    duration_us = models.BigIntegerField(null=True)
    acts = models.PositiveIntegerField(default=0)
    aside = models.CharField(max_length=16, default="")
    assigned = models.UUIDField(null=True)

    class Meta:
        indexes = [
            # What is combined is looked for in here where nothing narrower is; by each field alone, below.
            models.Index(fields=[*NEWEST, *SHORT], name="recording_newest"),
            models.Index(fields=["officer", *NEWEST], name="recording_of_officer"),
            models.Index(fields=["department", *NEWEST], name="recording_of_department"),
            models.Index(fields=["recorder", *NEWEST, "drill", "origin"], name="recording_of_recorder"),
            models.Index(fields=["station", *NEWEST], name="recording_of_station"),
            models.Index(fields=["origin", *NEWEST], name="recording_of_origin"),
            models.Index(fields=["officer_check", *NEWEST], name="recording_of_check"),
            models.Index(fields=["stored_at"], name="recording_stored"),
            models.Index(fields=["duration_us"], name="recording_length"),
            models.Index(
                fields=["assigned", *NEWEST], name="recording_assigned", condition=Q(assigned__isnull=False)
            ),
            models.Index(fields=NEWEST, name="recording_drill", condition=Q(drill=True)),
            models.Index(fields=NEWEST, name="recording_aside", condition=Q(aside__gt="")),
            models.Index(
                fields=["department", *NEWEST],
                name="recording_undescribed",
                condition=Q(acts=0, aside="", drill=False),
            ),
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
