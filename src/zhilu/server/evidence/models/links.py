from __future__ import annotations

from django.db import models

from zhilu.server.evidence.models.acts import Act
from zhilu.server.evidence.rules import LONGEST_TAXPAYER
from zhilu.server.evidence.rules_links import LONGEST_NAME, LONGEST_NOTE, LONGEST_NUMBER
from zhilu.server.ledger.models import Evidential


class ActRevision(Evidential):
    """One version of what an act says of itself; kept from the first correction on. `by` is empty for the
    version that opened it: its entry says who.
    """

    PERSONAL = ("taxpayer",)

    id = models.CharField(max_length=60, primary_key=True)  # act and version
    act = models.ForeignKey(Act, models.PROTECT, related_name="revisions")
    version = models.PositiveIntegerField()
    procedure = models.CharField(max_length=16)
    catalogue = models.PositiveIntegerField()
    officers = models.JSONField()
    spans = models.JSONField()
    taxpayer = models.CharField(max_length=LONGEST_TAXPAYER, default="")
    at = models.DateTimeField()
    by = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["act", "version"], name="revision_once")]


class ActLink(Evidential):
    """An act belongs to a taxpayer, a document, a case. `gone_at`: no longer."""

    PERSONAL = ("number", "name")

    id = models.UUIDField(primary_key=True)
    act = models.ForeignKey(Act, models.PROTECT, related_name="links")
    kind = models.CharField(max_length=16)
    source = models.CharField(max_length=16)
    number = models.CharField(max_length=LONGEST_NUMBER, default="")
    name = models.CharField(max_length=LONGEST_NAME, default="")
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    gone_at = models.DateTimeField(null=True)
    gone_by = models.CharField(max_length=64, default="")
    reason = models.CharField(max_length=16, default="")

    class Meta:
        indexes = [models.Index(fields=["kind", "number"], name="link_number")]


COUNTED = ["department", "kind", "gone_at", "amount_fen", "procedure", "class_code", "id"]
"""Of outcomes, what statistics read: in their index, so that no row is opened."""


class Outcome(Evidential):
    """What came of an act. `gone_at`: withdrawn. From `opened_at` on: the act's, kept with it to count by."""

    PERSONAL = ("note",)

    id = models.UUIDField(primary_key=True)
    act = models.ForeignKey(Act, models.PROTECT, related_name="outcomes")
    kind = models.CharField(max_length=32)
    amount_fen = models.BigIntegerField(null=True)
    note = models.CharField(max_length=LONGEST_NOTE, default="")
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    gone_at = models.DateTimeField(null=True)
    gone_by = models.CharField(max_length=64, default="")
    reason = models.CharField(max_length=16, default="")
    opened_at = models.DateTimeField()
    department = models.UUIDField(null=True)
    procedure = models.CharField(max_length=16)
    class_code = models.CharField(max_length=16)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "at"], name="outcome_kind"),
            models.Index(fields=["opened_at", *COUNTED], name="outcome_of_days"),
        ]
