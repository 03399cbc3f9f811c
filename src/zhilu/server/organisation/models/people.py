from __future__ import annotations

from django.db import models
from django.db.models import Q

from zhilu.server.ledger.models import Evidential


class Person(Evidential):
    PERSONAL = ("name", "number")

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100, default="")
    number = models.CharField(max_length=100, default="")

    def __str__(self) -> str:
        return self.name or str(self.id)[:8]


class Post(Evidential):
    """Where somebody works, from `since` to the day before `until`."""

    id = models.UUIDField(primary_key=True)
    person = models.UUIDField(db_index=True)
    department = models.UUIDField(db_index=True)
    rank = models.CharField(max_length=16)
    since = models.DateField()
    until = models.DateField(null=True)
    reason = models.CharField(max_length=16, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(until=None), name="post_one_open"),
        ]


class Role(Evidential):
    """A grant. In force until it has an `ended_at`. `scope`: ids of departments, null for the whole
    bureau.
    """

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    person = models.UUIDField(db_index=True)
    role = models.CharField(max_length=64)
    scope = models.JSONField(null=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=64, default="")
    reason = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "role"], condition=Q(ended_at=None), name="role_once")
        ]


class Delegation(Evidential):
    """`giver` hands on a role for a period; it falls with the giver's own grant."""

    id = models.UUIDField(primary_key=True)
    giver = models.UUIDField(db_index=True)
    receiver = models.UUIDField(db_index=True)
    role = models.CharField(max_length=64)
    since = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


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
