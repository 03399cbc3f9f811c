from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class Catalogue(Evidential):
    version = models.PositiveIntegerField(primary_key=True)
    classes = models.JSONField()


class Procedure(Evidential):
    """A procedure as its newest version lists it; `is_current` false when the newest catalogue no longer
    does.
    """

    code = models.CharField(max_length=16, primary_key=True)
    class_code = models.CharField(max_length=32)
    tier = models.CharField(max_length=16)
    min_officers = models.PositiveSmallIntegerField()
    department = models.CharField(max_length=100)
    group = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    start = models.CharField(max_length=500)
    content = models.CharField(max_length=500)
    end = models.CharField(max_length=500)
    version = models.PositiveIntegerField()
    place = models.PositiveIntegerField()
    is_current = models.BooleanField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(min_officers__gte=1), name="procedure_has_officers")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


__all__ = ["Catalogue", "Procedure"]
