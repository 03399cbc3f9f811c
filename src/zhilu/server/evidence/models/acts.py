from __future__ import annotations

from django.db import models

from zhilu.server.evidence.rules import LONGEST_ELEMENT, LONGEST_TAXPAYER
from zhilu.server.ledger.models import Evidential

NEWEST = ["-opened_at", "-id"]
"""The order of lists."""
SHORT = [
    "procedure", "class_code", "tier", "department", "version", "present", "confirmed", "linked_taxpayer",
    "linked_document", "linked_case",
]  # fmt: skip


class Act(Evidential):
    """One procedure towards one taxpayer by named officers. `catalogue`: the version that it was filed under;
    `department`: the first officer's, as it was then. From `class_code` on: what lists filter by, kept by
    `evidence.standing`; `version` is the newest statement's, `present` how many elements it has.
    """

    PERSONAL = ("taxpayer",)

    id = models.UUIDField(primary_key=True)
    procedure = models.CharField(max_length=16)
    catalogue = models.PositiveIntegerField()
    department = models.UUIDField(null=True)
    taxpayer = models.CharField(max_length=LONGEST_TAXPAYER, default="")
    opened_at = models.DateTimeField()
    class_code = models.CharField(max_length=16, default="")
    tier = models.CharField(max_length=16, default="")
    version = models.PositiveIntegerField(default=0)
    present = models.PositiveSmallIntegerField(default=0)
    confirmed = models.BooleanField(default=False)
    linked_taxpayer = models.BooleanField(default=False)
    linked_document = models.BooleanField(default=False)
    linked_case = models.BooleanField(default=False)

    class Meta:
        indexes = [
            # What is combined, and what has few values, is looked for in here; the rest by itself, below.
            models.Index(fields=[*NEWEST, *SHORT], name="act_newest"),
            models.Index(fields=["procedure", *NEWEST], name="act_of_procedure"),
            models.Index(fields=["class_code", *NEWEST], name="act_of_class"),
            models.Index(fields=["tier", *NEWEST], name="act_of_tier"),
            models.Index(fields=["department", *NEWEST], name="act_of_department"),
        ]


class ActOfficer(Evidential):
    id = models.CharField(max_length=80, primary_key=True)  # act and officer
    act = models.ForeignKey(Act, models.PROTECT, related_name="officers")
    officer = models.UUIDField(db_index=True)


class ActSpan(Evidential):
    """`procedure`, `class_code`: the act's, kept by `evidence.standing`, for lists of recordings."""

    id = models.CharField(max_length=60, primary_key=True)  # act and place in it
    act = models.ForeignKey(Act, models.PROTECT, related_name="spans")
    recording = models.UUIDField()
    from_us = models.BigIntegerField()
    to_us = models.BigIntegerField()
    procedure = models.CharField(max_length=16, default="")
    class_code = models.CharField(max_length=16, default="")

    class Meta:
        indexes = [
            models.Index(fields=["recording", "class_code", "procedure"], name="span_of_recording"),
            models.Index(fields=["procedure", "recording"], name="span_of_procedure"),
            models.Index(fields=["class_code", "recording"], name="span_of_class"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_us__gt=models.F("from_us")), name="span_ends_after_it_begins"
            )
        ]


class Statement(Evidential):
    """One version of the seven elements of an act. `began`, `ended`: from when to when it took, as the
    officer says; both or neither.
    """

    PERSONAL = ("time", "place", "persons", "event", "cause", "course", "result")

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    act = models.ForeignKey(Act, models.PROTECT, related_name="statements")
    version = models.PositiveIntegerField()
    complete = models.JSONField()
    began = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    filed_at = models.DateTimeField()
    filed_by = models.CharField(max_length=64)
    time = models.CharField(max_length=LONGEST_ELEMENT, default="")
    place = models.CharField(max_length=LONGEST_ELEMENT, default="")
    persons = models.CharField(max_length=LONGEST_ELEMENT, default="")
    event = models.CharField(max_length=LONGEST_ELEMENT, default="")
    cause = models.CharField(max_length=LONGEST_ELEMENT, default="")
    course = models.CharField(max_length=LONGEST_ELEMENT, default="")
    result = models.CharField(max_length=LONGEST_ELEMENT, default="")

    class Meta:
        indexes = [models.Index(fields=["began"], name="statement_began")]
        constraints = [models.UniqueConstraint(fields=["act", "version"], name="statement_version_once")]


class Confirmation(Evidential):
    """A unit's head has read a version of a statement and confirmed it; once more after the act got other
    officers or spans.
    """

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    act = models.ForeignKey(Act, models.PROTECT, related_name="confirmations")
    version = models.PositiveIntegerField()
    by = models.UUIDField()
    at = models.DateTimeField()
