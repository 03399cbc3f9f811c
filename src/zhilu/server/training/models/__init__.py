from __future__ import annotations

from django.db import models
from django.db.models import Q

from zhilu.server.ledger.models import Evidential


class Course(Evidential):
    """A course in enforcement conduct or in the recorder, or a staged drill, as it is now."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=200)
    valid_days = models.PositiveIntegerField()
    pass_score = models.PositiveSmallIntegerField()
    required = models.BooleanField()
    closed = models.BooleanField()

    def __str__(self) -> str:
        return self.name


class Result(Evidential):
    """What somebody reached. Counts from `held_on` to the day before `until`, if passed and not withdrawn."""

    PERSONAL = ("note",)

    id = models.UUIDField(primary_key=True)
    course = models.UUIDField()
    person = models.UUIDField()
    held_on = models.DateField()
    until = models.DateField()
    score = models.PositiveSmallIntegerField()
    passed = models.BooleanField()
    recording = models.UUIDField(null=True, db_index=True)
    note = models.CharField(max_length=500, default="")
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=64, default="")
    reason = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course", "person", "held_on", "score"],
                condition=Q(withdrawn_at=None),
                name="result_once",
            )
        ]
        indexes = [
            models.Index(fields=["person", "until"], name="result_of_person"),
            models.Index(fields=["course", "held_on"], name="result_of_course"),
        ]


__all__ = ["Course", "Result"]
