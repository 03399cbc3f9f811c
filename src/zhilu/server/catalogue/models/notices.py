from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class Notice(Evidential):
    """What the city tells its counties: in its own ledger, and adopted in theirs."""

    id = models.UUIDField(primary_key=True)
    title = models.CharField(max_length=200)
    text = models.TextField()
    bureaus = models.JSONField(null=True)
    reply_by = models.DateField(null=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class NoticeReceipt(Evidential):
    """Somebody who leads the county, or a unit of it, has confirmed."""

    PERSONAL = ("text",)

    id = models.CharField(max_length=80, primary_key=True)  # notice, person
    notice = models.UUIDField(db_index=True)
    person = models.UUIDField()
    text = models.CharField(max_length=500, default="")
    at = models.DateTimeField()
