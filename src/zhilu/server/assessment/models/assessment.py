"""Schemes, what was published of a month, objections (spec/assessment.md)."""

from __future__ import annotations

from django.db import models

from zhilu.server.assessment.rules_objections import LONGEST_TEXT
from zhilu.server.ledger.models import Evidential


class SchemeSet(Evidential):
    """A version of the scheme; `since`: the first day of its first month."""

    version = models.PositiveIntegerField(primary_key=True)
    since = models.DateField()
    said = models.JSONField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()


class Publication(Evidential):
    """A version of a month. `differs`: of what the ledger itself gave at this entry; empty where it is the
    same. `taken`: of `parts` how many came.
    """

    id = models.CharField(max_length=16, primary_key=True)  # month and version
    month = models.DateField()
    version = models.PositiveIntegerField()
    scheme = models.PositiveIntegerField()
    reason = models.CharField(max_length=16)
    parts = models.PositiveIntegerField()
    taken = models.PositiveIntegerField()
    persons = models.PositiveIntegerField()
    tenths = models.IntegerField(null=True)
    differs = models.CharField(max_length=200, default="")
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["month", "version"], name="published_once")]


class PublishedUnit(Evidential):
    id = models.CharField(max_length=60, primary_key=True)  # month, version, department
    publication = models.ForeignKey(Publication, models.PROTECT, related_name="units")
    department = models.UUIDField()
    tenths = models.IntegerField(null=True)
    persons = models.PositiveIntegerField()
    days = models.PositiveIntegerField()


class PublishedLine(Evidential):
    """`items`: [[kind, code, ref, day, department, tenths]]."""

    id = models.CharField(max_length=60, primary_key=True)  # month, version, person
    publication = models.ForeignKey(Publication, models.PROTECT, related_name="lines")
    person = models.UUIDField(db_index=True)
    department = models.UUIDField()
    tenths = models.IntegerField()
    deducted = models.IntegerField()
    credited = models.IntegerField()
    items = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["publication", "department"], name="line_of_department")]


class Objection(Evidential):
    """Of `person` against his line in a publication. `decision`: ``, `upheld`, `refused`; `struck`: grounds
    [[kind, ref, code]] that count against him no more, `granted`: outcomes that count for him.
    """

    PERSONAL = ("text", "answer")

    id = models.UUIDField(primary_key=True)
    month = models.DateField()
    version = models.PositiveIntegerField()
    person = models.UUIDField(db_index=True)
    department = models.UUIDField(null=True)
    at = models.DateTimeField()
    text = models.CharField(max_length=LONGEST_TEXT, default="")
    decision = models.CharField(max_length=16, default="")
    struck = models.JSONField(default=list)
    granted = models.JSONField(default=list)
    decided_by = models.CharField(max_length=64, default="")
    decided_at = models.DateTimeField(null=True)
    decided_entry = models.BigIntegerField(null=True)
    answer = models.CharField(max_length=LONGEST_TEXT, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["month", "version", "person"], name="objection_once")]
        indexes = [models.Index(fields=["decision", "at", "id"], name="objection_waiting")]
