"""What devices signed and the county holds for them: no rows of the ledger, but bound to it by digest.
Ordinary tables.
"""

from __future__ import annotations

from django.db import models


class LogbookLine(models.Model):
    """One line of a recorder's logbook, verbatim without its LF. `recording` for lines about one, to find
    them by; `at`: the recorder's time, as the line says it.
    """

    recorder = models.CharField(max_length=43)
    n = models.PositiveBigIntegerField()
    line = models.BinaryField()
    hash = models.CharField(max_length=64)
    type = models.CharField(max_length=32)
    recording = models.UUIDField(null=True)
    at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recorder", "n"], name="logbook_line_once")]
        indexes = [
            models.Index(fields=["recording"], name="logbook_by_recording"),
            models.Index(fields=["recorder", "type", "n"], name="logbook_by_type"),
        ]


class Handover(models.Model):
    """One handover as sent. `digest` is D of spec/docking.md §4."""

    digest = models.CharField(max_length=64, primary_key=True)
    recorder = models.CharField(max_length=43)
    station = models.CharField(max_length=43)
    bay = models.PositiveSmallIntegerField()
    officer = models.UUIDField()
    officer_check = models.CharField(max_length=16)
    at = models.DateTimeField()
    body = models.BinaryField()
    compared = models.BooleanField(default=False)  # with the logbook: whether it offers all that it must

    class Meta:
        indexes = [models.Index(fields=["recorder", "at"], name="handover_by_recorder")]


class Watched(models.Model):
    """Up to which line the county has looked for what is missing in a recorder's logbook."""

    recorder = models.CharField(max_length=43, primary_key=True)
    n = models.BigIntegerField()


class Awaited(models.Model):
    """A handover that a held `docked` line names and that has not come; `since`: the county's time."""

    digest = models.CharField(max_length=64, primary_key=True)
    recorder = models.CharField(max_length=43)
    since = models.DateTimeField(db_index=True)


class SeenNonce(models.Model):
    """Nonces of signed requests of the last ten minutes: in the database, so a restart forgets none."""

    kid = models.CharField(max_length=43)
    nonce = models.CharField(max_length=22)
    at_s = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kid", "nonce"], name="nonce_once")]
