from __future__ import annotations

from django.db import models

from zhilu.server.equipment.rules import IN_SERVICE
from zhilu.server.ledger.models import Evidential


class Station(Evidential):
    kid = models.CharField(max_length=43, primary_key=True)
    jwk = models.JSONField()
    name = models.CharField(max_length=200)
    bays = models.PositiveSmallIntegerField()
    rp_id = models.CharField(max_length=200)
    origin = models.CharField(max_length=200)


class Recorder(Evidential):
    """`station`, `bay`: where it belongs; `bound_entry`: the entry that says so. `state`: see rules."""

    kid = models.CharField(max_length=43, primary_key=True)
    jwk = models.JSONField()
    serial = models.CharField(max_length=200)
    counter_kind = models.CharField(max_length=16)
    station = models.CharField(max_length=43, null=True)
    bay = models.PositiveSmallIntegerField(null=True)
    bound_entry = models.BigIntegerField(null=True)
    state = models.CharField(max_length=16, default=IN_SERVICE)
    state_reason = models.CharField(max_length=200, default="")
    state_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "bay"], name="bay_of_one_recorder")]

    def __str__(self) -> str:
        return self.serial


class Equipment(Evidential):
    """What the bureau owns, by kind and serial number. `kid`: of the newest key that was enrolled for it."""

    id = models.CharField(max_length=300, primary_key=True)
    kind = models.CharField(max_length=16)
    serial = models.CharField(max_length=200)
    model = models.CharField(max_length=200, default="")
    asset = models.CharField(max_length=200, default="")
    department = models.UUIDField(null=True, db_index=True)
    acquired = models.DateField(null=True)
    kid = models.CharField(max_length=43, null=True, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "serial"], name="equipment_once")]

    def __str__(self) -> str:
        return self.serial


class Certificate(Evidential):
    """`digest`: SHA-256 of the DER."""

    digest = models.CharField(max_length=64, primary_key=True)
    kid = models.CharField(max_length=43, db_index=True)
    role = models.CharField(max_length=16)
    serial = models.CharField(max_length=64)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()


class Issue(Evidential):
    """Who had a recorder, from when to when."""

    id = models.UUIDField(primary_key=True)
    recorder = models.CharField(max_length=43, db_index=True)
    department = models.UUIDField()
    person = models.UUIDField(null=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    returned_at = models.DateTimeField(null=True)
    returned_by = models.CharField(max_length=64, default="")
    condition = models.CharField(max_length=16, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recorder"], condition=models.Q(returned_at=None), name="issue_one_open"
            )
        ]


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
    """`about`: the recording or the line; of each code and actor one finding about each."""

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
            models.UniqueConstraint(fields=["recorder", "code", "about", "actor"], name="finding_once"),
        ]


class DockCredential(Evidential):
    id = models.CharField(max_length=1400, primary_key=True)
    person = models.UUIDField(db_index=True)
    public_key = models.TextField()
    rp_id = models.CharField(max_length=200)


class Finger(Evidential):
    """At this station the person's finger may be taken at the sensor; what it looks like, the sensor has."""

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    person = models.UUIDField(db_index=True)
    station = models.CharField(max_length=43)
    finger = models.CharField(max_length=32)
    persons = models.JSONField()
    word = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
