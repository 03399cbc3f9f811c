from __future__ import annotations

from datetime import datetime

from django.db import models

from zhilu.protocols.viewing import REASON_LIMITS, RECIPIENT_LIMITS, deciding_roles
from zhilu.protocols.viewing_after import REPORT_DUE, REPORT_LIMITS
from zhilu.server.ledger.models import Evidential

LONGEST_REASON, LONGEST_RECIPIENT = REASON_LIMITS[1], RECIPIENT_LIMITS[1]


class Viewing(Evidential):
    """A viewing as the ledger tells it. Whether it opens anything, the keyholder decides, not this row."""

    PERSONAL = ("reason", "recipient")

    id = models.UUIDField(primary_key=True)
    viewer = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=8, default="view")
    purpose = models.CharField(max_length=32)
    requested = models.DateTimeField()
    expires = models.DateTimeField()
    until = models.DateTimeField()  # the earliest expiry of request and decisions
    asked_at = models.DateTimeField()  # when it was entered; `requested` is its viewer's word
    reason = models.CharField(max_length=LONGEST_REASON, default="")
    recipient = models.CharField(max_length=LONGEST_RECIPIENT, default="")
    recipient_key = models.CharField(max_length=43, default="")
    # Null until it is decided for good; of an urgent one by the second person, or by a refusal.
    approver = models.UUIDField(null=True)
    approved = models.BooleanField(null=True)
    decided = models.DateTimeField(null=True)
    decided_entry = models.BigIntegerField(null=True)
    reported = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["kind", "reported", "requested"], name="viewing_owed"),
            models.Index(fields=["asked_at", "id"], name="viewing_asked"),
            models.Index(fields=["until"], name="viewing_until"),
        )

    @property
    def deciding(self) -> tuple[str, ...]:
        """The roles that may decide about it."""
        return deciding_roles(self.kind, self.purpose)

    @property
    def report_due(self) -> datetime | None:
        """Of an urgent one that was approved."""
        return self.requested + REPORT_DUE if self.kind == "urgent" and self.approved else None


class ViewingDecision(Evidential):
    """Of an urgent viewing there are two, and of a city's. `side`: of which bureau the key was that signed,
    `county` or `city`; what becomes of the key later changes nothing."""

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    viewing = models.ForeignKey(Viewing, models.PROTECT, related_name="decisions")
    approver = models.UUIDField(db_index=True)
    approved = models.BooleanField()
    side = models.CharField(max_length=8)
    decided = models.DateTimeField()
    expires = models.DateTimeField()
    at = models.DateTimeField()


class ViewingReport(Evidential):
    PERSONAL = ("text",)

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    viewing = models.ForeignKey(Viewing, models.PROTECT, related_name="reports")
    text = models.CharField(max_length=REPORT_LIMITS[1], default="")
    at = models.DateTimeField()


class ViewingSpan(Evidential):
    id = models.CharField(max_length=80, primary_key=True)  # viewing and recording
    viewing = models.ForeignKey(Viewing, models.PROTECT, related_name="spans")
    recording = models.UUIDField(db_index=True)
    first = models.BigIntegerField()
    last = models.BigIntegerField()


class KeyRelease(Evidential):
    id = models.BigIntegerField(primary_key=True)  # the entry's index
    viewing = models.UUIDField(db_index=True)
    recording = models.UUIDField(db_index=True)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    viewer_key = models.CharField(max_length=43)
    expires = models.DateTimeField()
    at = models.DateTimeField(db_index=True)


class Screenshot(Evidential):
    """A picture that a viewer's page handed out."""

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    viewing = models.UUIDField(db_index=True)
    recording = models.UUIDField(db_index=True)
    pts_us = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
