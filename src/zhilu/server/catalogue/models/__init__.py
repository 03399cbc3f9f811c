from __future__ import annotations

from django.db import models

from zhilu.server.catalogue.models.draft import Change
from zhilu.server.catalogue.models.notices import Notice, NoticeReceipt
from zhilu.server.ledger.models import Evidential


class Catalogue(Evidential):
    """A version, in force from `since` to the day before the next one begins. `city_version`: the city's
    number of one that was taken over from it.
    """

    version = models.PositiveIntegerField(primary_key=True)
    city_version = models.PositiveIntegerField(null=True)
    since = models.DateField()
    classes = models.JSONField()
    scripts = models.JSONField()
    by = models.CharField(max_length=64)


class Procedure(Evidential):
    """A procedure as one version lists it."""

    id = models.CharField(max_length=40, primary_key=True)  # version and code
    version = models.PositiveIntegerField()
    code = models.CharField(max_length=16, db_index=True)
    class_code = models.CharField(max_length=500)
    tier = models.CharField(max_length=16)
    min_officers = models.PositiveSmallIntegerField()
    marks = models.PositiveSmallIntegerField()
    department = models.CharField(max_length=500)
    group = models.CharField(max_length=500)
    name = models.CharField(max_length=500)
    start = models.CharField(max_length=500)
    content = models.CharField(max_length=500)
    end = models.CharField(max_length=500)
    retention = models.CharField(max_length=16)
    script = models.CharField(max_length=500, null=True)
    place = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(min_officers__gte=1), name="procedure_has_officers"),
            models.UniqueConstraint(fields=["version", "code"], name="procedure_once_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Rollout(Evidential):
    """Which tier must be recorded where, in which period."""

    id = models.UUIDField(primary_key=True)
    bureau = models.CharField(max_length=64)
    department = models.UUIDField(null=True)
    tier = models.CharField(max_length=16)
    since = models.DateField()
    until = models.DateField(null=True)


class Proposal(Evidential):
    """What an officer proposes, and what was decided."""

    PERSONAL = ("reason", "answer")

    id = models.UUIDField(primary_key=True)
    person = models.UUIDField(db_index=True)
    procedure = models.CharField(max_length=16, null=True, db_index=True)
    fields = models.JSONField()
    reason = models.CharField(max_length=500, default="")
    at = models.DateTimeField()
    decision = models.CharField(max_length=16, default="")
    version = models.PositiveIntegerField(null=True)
    answer = models.CharField(max_length=500, default="")
    decided_by = models.CharField(max_length=64, default="")
    decided_at = models.DateTimeField(null=True)


class Regulation(Evidential):
    """A version of the rules in force."""

    id = models.CharField(max_length=50, primary_key=True)  # regulation and version
    regulation = models.UUIDField(db_index=True)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    since = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["regulation", "version"], name="regulation_once")]


class Reading(Evidential):
    """Somebody has read a version and said so."""

    id = models.CharField(max_length=90, primary_key=True)  # regulation, version, person
    regulation = models.UUIDField()
    version = models.PositiveIntegerField()
    person = models.UUIDField(db_index=True)
    at = models.DateTimeField()


__all__ = [
    "Catalogue",
    "Change",
    "Notice",
    "NoticeReceipt",
    "Procedure",
    "Proposal",
    "Reading",
    "Regulation",
    "Rollout",
]
