from __future__ import annotations

from django.db import models

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
    """Somebody's result, valid to the day before `until`; one that was withdrawn counts no more."""

    PERSONAL = ("note",)

    id = models.UUIDField(primary_key=True)
    course = models.ForeignKey(Course, models.PROTECT, related_name="results")
    person = models.UUIDField(db_index=True)
    held_on = models.DateField()
    until = models.DateField(db_index=True)
    score = models.PositiveSmallIntegerField()
    passed = models.BooleanField()
    recording = models.UUIDField(null=True)
    by = models.CharField(max_length=64)
    withdrawn = models.CharField(max_length=200, default="")
    withdrawn_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course", "person", "held_on"],
                condition=models.Q(withdrawn_at=None),
                name="result_once_a_day",
            )
        ]


__all__ = ["Course", "Result"]
