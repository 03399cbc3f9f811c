from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class ApiToken(Evidential):
    """A token of the API. `departments`: ids, null for the whole bureau. `tasks`: that it enters a
    day at most.
    """

    PERSONAL = ("name",)

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100, default="")
    scopes = models.JSONField()
    departments = models.JSONField(null=True)
    hash = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()
    tasks = models.PositiveIntegerField(null=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=64, default="")
    reason = models.CharField(max_length=16, default="")

    def __str__(self) -> str:
        return self.name or str(self.id)[:8]


class ApiUse(models.Model):
    """How often a token, or an address without one, asked in its running minute. An ordinary row."""

    key = models.CharField(max_length=80, primary_key=True)  # a token's id, or "address" and one
    minute = models.BigIntegerField()
    count = models.PositiveIntegerField()
    at = models.DateTimeField()


class ApiAnswer(models.Model):
    """What a token was answered under an Idempotency-Key: asked again, it is answered so again. An ordinary
    row, kept a week. `body`: a digest.
    """

    token = models.UUIDField()
    key = models.CharField(max_length=64)
    body = models.CharField(max_length=64)
    answer = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="answer_once")]
