"""What recorders told, as the ledger has it (spec/absence.md §1): enough to count what did not arrive.

`id` of what is about a recording is "<recorder>/<recording>", for another recorder may use the same id.
"""

from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class HeldLogbook(Evidential):
    """How far a recorder's lines are told. `at`: of the last line; `told_at`: when it was entered; `state`:
    what the next lines go on from (rules_logbooks). `entry`: the newest."""

    recorder = models.CharField(max_length=43, primary_key=True)
    last = models.BigIntegerField()
    at = models.DateTimeField()
    told_at = models.DateTimeField()
    state = models.JSONField()


class LoggedRecording(Evidential):
    """A recording that its recorder's lines opened. `day`: on which it counts, `clock`: its own time cannot
    be. `lost_at`: a power-on came while it was open. `closed_line`: number of the line that closed it, and
    `lines`, `length`: how long it said that its journal and its media are."""

    id = models.CharField(max_length=80, primary_key=True)
    recorder = models.CharField(max_length=43)
    recording = models.UUIDField()
    opened_at = models.DateTimeField()
    day = models.DateField()
    clock = models.BooleanField(default=False)
    told_at = models.DateTimeField()
    closed_line = models.BigIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    lines = models.BigIntegerField(null=True)
    length = models.BigIntegerField(null=True)
    cleared = models.BooleanField(default=False)
    lost_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["day", "recorder"], name="logged_by_day"),
            models.Index(fields=["recorder", "closed_line"], name="logged_by_line"),
        ]


class LoggedAbsence(Evidential):
    """Something that a recorder's lines show to be missing: see rules_logbooks. `docked`: of a power-on, it
    was docked in it."""

    id = models.CharField(max_length=90, primary_key=True)  # recorder/line/kind
    recorder = models.CharField(max_length=43)
    kind = models.CharField(max_length=16)
    reason = models.CharField(max_length=64, default="")
    since = models.DateTimeField(null=True)
    until = models.DateTimeField()
    docked = models.BooleanField(default=False)
    day = models.DateField()

    class Meta:
        indexes = [
            models.Index(fields=["day", "recorder"], name="absence_by_day"),
            models.Index(fields=["recorder", "since"], name="absence_of_recorder"),
        ]


class HandedOver(Evidential):
    """A recording that a handover listed: the first that did."""

    id = models.CharField(max_length=80, primary_key=True)
    recorder = models.CharField(max_length=43)
    recording = models.UUIDField()
    handover = models.CharField(max_length=64)
    station = models.CharField(max_length=43)
    bay = models.PositiveIntegerField()
    at = models.DateTimeField()
    told_at = models.DateTimeField()
    day = models.DateField()

    class Meta:
        indexes = [
            models.Index(fields=["day", "recorder"], name="handed_by_day"),
            models.Index(fields=["recorder", "handover"], name="handed_in"),
        ]


class Docked(Evidential):
    """A recorder's newest handover: the one of the most lines. `entry`: that of the handover."""

    recorder = models.CharField(max_length=43, primary_key=True)
    handover = models.CharField(max_length=64)
    n = models.BigIntegerField()
    at = models.DateTimeField()
    station = models.CharField(max_length=43)
    bay = models.PositiveIntegerField()


class Docking(Evidential):
    """Each handover. `offset_us`: the recorder's clock less the station's, before it was set; `n`: the
    logbook's last line then, so the `docked` line has the number after it."""

    id = models.CharField(max_length=110, primary_key=True)  # recorder/handover
    recorder = models.CharField(max_length=43)
    handover = models.CharField(max_length=64)
    station = models.CharField(max_length=43)
    bay = models.PositiveIntegerField()
    officer = models.UUIDField()
    officer_check = models.CharField(max_length=64)
    at = models.DateTimeField()
    n = models.BigIntegerField()
    offset_us = models.BigIntegerField()
    told_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="docking_at"),
            models.Index(fields=["recorder", "n"], name="docking_of_line"),
        ]


class LoggedRefusal(Evidential):
    """A recorder refused to clear. `docked`: number of the `docked` line of its docking, null where none was
    told; `mended`: an answer had got lost, and it cleared after all (spec/journal.md §3)."""

    id = models.CharField(max_length=64, primary_key=True)  # recorder/line
    recorder = models.CharField(max_length=43)
    docked = models.BigIntegerField(null=True)
    code = models.CharField(max_length=64)
    at = models.DateTimeField()
    told_at = models.DateTimeField()
    mended = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["recorder", "docked"], name="refusal_of_docking")]
