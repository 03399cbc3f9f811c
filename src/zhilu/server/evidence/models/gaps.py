from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class Gap(Evidential):
    """A time within a recording in which nothing came from its camera."""

    id = models.CharField(max_length=50, primary_key=True)  # recording/place
    recording = models.UUIDField(db_index=True)
    recorder = models.CharField(max_length=43)
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=64)


class Measured(Evidential):
    """What a recording was found to be, and where its officer pressed the key: `marks` in µs from the
    beginning; `black`, `silent`: [[from_us, to_us]], the longest of so many, so long in all. A recording
    without any of these has no row."""

    recording = models.UUIDField(primary_key=True)
    marks = models.JSONField()
    black = models.JSONField()
    black_count = models.BigIntegerField()
    black_us = models.BigIntegerField()
    silent = models.JSONField()
    silent_count = models.BigIntegerField()
    silent_us = models.BigIntegerField()
