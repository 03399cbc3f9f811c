from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class Person(Evidential):
    PERSONAL = ("name", "number", "department")

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100, default="")
    number = models.CharField(max_length=100, default="")
    department = models.CharField(max_length=100, default="")

    def __str__(self) -> str:
        return self.name or str(self.id)[:8]


class Role(Evidential):
    id = models.BigIntegerField(primary_key=True)  # the entry's index
    person = models.UUIDField(db_index=True)
    role = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "role"], name="role_once")]


class Credential(Evidential):
    """A security key of the viewing room. What it may do there, the keyholder decides from the ledger
    itself.
    """

    id = models.CharField(max_length=1400, primary_key=True)
    person = models.UUIDField(db_index=True)
    public_key = models.TextField()
    roles = models.JSONField()
    revoked = models.BooleanField()
    at = models.DateTimeField()
