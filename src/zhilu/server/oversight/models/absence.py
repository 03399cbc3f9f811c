"""What did not arrive, summarised from the tables of every ledger that is here (spec/absence.md §5). Ordinary
rows of the own database, made anew from those tables.
"""

from __future__ import annotations

from django.db import models


class Reconciled(models.Model):
    """The rows of this bureau follow from its ledger's first `size` entries."""

    bureau = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    at = models.DateTimeField()


class Named(models.Model):
    """What a department (its id) or a station (its kid) is called; the other tables name none."""

    bureau = models.CharField(max_length=64)
    key = models.CharField(max_length=43)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bureau", "key"], name="named_once")]


class OfRecorder(models.Model):
    """`department`: the last that had the recorder on that day, or else that owns it."""

    bureau = models.CharField(max_length=64)
    recorder = models.CharField(max_length=43)
    serial = models.CharField(max_length=200)
    department = models.UUIDField(null=True)

    class Meta:
        abstract = True


class Reach(OfRecorder):
    """How far a recorder is known. `known_until`: its last line; `docked_at`: when that, or its last
    handover, was told; `provable`: nobody can set its counter back; `live`: it should be docking."""

    station = models.CharField(max_length=43, default="")
    bay = models.PositiveIntegerField(null=True)
    enrolled_at = models.DateTimeField()
    known_until = models.DateTimeField(null=True)
    docked_at = models.DateTimeField()
    provable = models.BooleanField()
    live = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bureau", "recorder"], name="reach_once")]
        indexes = [models.Index(fields=["docked_at", "id"], name="reach_by_docking")]


class Day(OfRecorder):
    """How many recordings of a recorder and day, at each step."""

    day = models.DateField()
    captured = models.PositiveIntegerField()
    collected = models.PositiveIntegerField()
    stored = models.PositiveIntegerField()
    captured_s = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "bureau", "recorder"], name="day_once")]


class Hole(OfRecorder):
    """See oversight.rules. `at`: since, or else until; `due_at`: before it, it is under way; `station`: where
    the recording was last seen there."""

    day = models.DateField()
    kind = models.CharField(max_length=16)
    reason = models.CharField(max_length=64, default="")
    recording = models.UUIDField(null=True)
    at = models.DateTimeField()
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    station = models.CharField(max_length=43, default="")
    bay = models.PositiveIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], name="hole_newest"),
            models.Index(fields=["day", "bureau", "recorder"], name="hole_by_day"),
            models.Index(fields=["kind", "-at", "-id"], name="hole_of_kind"),
            models.Index(fields=["bureau", "-at", "-id"], name="hole_of_bureau"),
        ]
