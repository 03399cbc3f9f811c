from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class Station(Evidential):
    kid = models.CharField(max_length=43, primary_key=True)
    jwk = models.JSONField()
    name = models.CharField(max_length=200)
    bays = models.PositiveSmallIntegerField()
    rp_id = models.CharField(max_length=200)
    origin = models.CharField(max_length=200)


class Recorder(Evidential):
    """`station`, `bay`: where it belongs; `bound_entry`: the entry that says so."""

    kid = models.CharField(max_length=43, primary_key=True)
    jwk = models.JSONField()
    serial = models.CharField(max_length=200)
    counter_kind = models.CharField(max_length=16)
    station = models.CharField(max_length=43, null=True)
    bay = models.PositiveSmallIntegerField(null=True)
    bound_entry = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "bay"], name="bay_of_one_recorder")]

    def __str__(self) -> str:
        return self.serial


class Assignment(Evidential):
    id = models.BigIntegerField(primary_key=True)  # the entry's index
    recorder = models.CharField(max_length=43, db_index=True)
    officer = models.UUIDField(db_index=True)
    station = models.CharField(max_length=43)
    bay = models.PositiveSmallIntegerField()
    drill = models.BooleanField()
    deputy = models.BooleanField()
    at = models.DateTimeField()


class Revocation(Evidential):
    id = models.BigIntegerField(primary_key=True)  # the entry's index
    kid = models.CharField(max_length=43, unique=True)
    since = models.DateTimeField()
    reason = models.CharField(max_length=200)


class Finding(Evidential):
    """`about`: the recording or the line; of each code one finding about each."""

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    recorder = models.CharField(max_length=43)
    code = models.CharField(max_length=64)
    about = models.CharField(max_length=40)
    recording = models.UUIDField(null=True, db_index=True)
    line = models.BigIntegerField(null=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    proof = models.CharField(max_length=64, null=True)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recorder", "code", "about"], name="finding_once"),
        ]


class DockCredential(Evidential):
    id = models.CharField(max_length=1400, primary_key=True)
    person = models.UUIDField(db_index=True)
    public_key = models.TextField()
    rp_id = models.CharField(max_length=200)
