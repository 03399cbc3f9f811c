"""Explanations, conclusions, sanctions, appeals (spec/answers.md). Of a finding its id stands in them, no
reference: what is said of it follows its own entries.
"""

from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential
from zhilu.server.oversight.rules_answers import LONGEST_NAME, LONGEST_TEXT

ID = 32
"""Hex digits of a finding's id."""


class Explanation(Evidential):
    """Of a finding, or in advance of a task or an act. `decision`: the unit head's (``, `accepted`,
    `refused`); `confirmation`: a supervisor's, of one in advance (``, `confirmed`, `refused`). `attachments`:
    what is to be attached, as the entry lists it.
    """

    PERSONAL = ("text", "decision_text", "confirmation_text")

    id = models.UUIDField(primary_key=True)
    finding = models.CharField(max_length=ID, default="", db_index=True)
    task = models.UUIDField(null=True, db_index=True)
    act = models.UUIDField(null=True, db_index=True)
    department = models.UUIDField(null=True)
    kind = models.CharField(max_length=16)
    reason = models.CharField(max_length=16)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    attachments = models.JSONField(default=list)
    by = models.UUIDField(db_index=True)
    at = models.DateTimeField()
    text = models.CharField(max_length=LONGEST_TEXT, default="")
    decision = models.CharField(max_length=16, default="")
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_entry = models.BigIntegerField(null=True)
    decision_text = models.CharField(max_length=LONGEST_TEXT, default="")
    confirmation = models.CharField(max_length=16, default="")
    confirmed_by = models.UUIDField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_entry = models.BigIntegerField(null=True)
    confirmation_text = models.CharField(max_length=LONGEST_TEXT, default="")

    class Meta:
        indexes = [
            models.Index(fields=["decision", "at", "id"], name="explanation_waiting"),
            models.Index(fields=["decided_at"], name="explanation_decided"),
            models.Index(fields=["confirmed_at"], name="explanation_confirmed"),
        ]


class Attachment(Evidential):
    """A file of an explanation; its bytes are in the personal payload of its entry. `number`: from 0 on."""

    PERSONAL = ("name",)

    id = models.CharField(max_length=40, primary_key=True)  # explanation and number
    explanation = models.ForeignKey(Explanation, models.PROTECT, related_name="files")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    name = models.CharField(max_length=LONGEST_NAME, default="")


class Conclusion(Evidential):
    """What a supervisor, or of what is referred a leader, said of a finding."""

    PERSONAL = ("text",)

    id = models.CharField(max_length=ID, primary_key=True)  # the finding's
    conclusion = models.CharField(max_length=16)
    exemption = models.CharField(max_length=24, default="")
    by = models.UUIDField()
    at = models.DateTimeField()
    text = models.CharField(max_length=LONGEST_TEXT, default="")

    class Meta:
        indexes = [models.Index(fields=["at"], name="conclusion_at")]


class PersonFault(Evidential):
    """A concluded fault of one person; what the finding said then. `by`: who concluded. Lifted: by an
    appeal.
    """

    id = models.CharField(max_length=80, primary_key=True)  # finding and person
    finding = models.CharField(max_length=ID, db_index=True)
    person = models.UUIDField(db_index=True)
    rule = models.CharField(max_length=64)
    severity = models.CharField(max_length=16)
    department = models.UUIDField(null=True)
    day = models.DateField()
    by = models.UUIDField()
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["day", "id"], name="fault_by_day")]


class Sanction(Evidential):
    """Of one person, for one or more findings. `department`: of the first of them. Lifted: by an appeal."""

    PERSONAL = ("text",)

    id = models.UUIDField(primary_key=True)
    person = models.UUIDField(db_index=True)
    form = models.CharField(max_length=24)
    months = models.PositiveSmallIntegerField(default=0)
    department = models.UUIDField(null=True)
    by = models.UUIDField()
    at = models.DateTimeField()
    text = models.CharField(max_length=LONGEST_TEXT, default="")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="sanction_newest")]


class SanctionFinding(Evidential):
    id = models.CharField(max_length=80, primary_key=True)  # sanction and finding
    sanction = models.ForeignKey(Sanction, models.PROTECT, related_name="findings")
    finding = models.CharField(max_length=ID, db_index=True)


class Appeal(Evidential):
    """Of `person`, against the conclusion about a finding or a sanction. `decision`: ``, `upheld`,
    `sanction-lifted`, `lifted`.
    """

    PERSONAL = ("text", "decision_text")

    id = models.UUIDField(primary_key=True)
    finding = models.CharField(max_length=ID, default="", db_index=True)
    sanction = models.UUIDField(null=True, db_index=True)
    department = models.UUIDField(null=True)
    person = models.UUIDField(db_index=True)
    at = models.DateTimeField()
    text = models.CharField(max_length=LONGEST_TEXT, default="")
    decision = models.CharField(max_length=16, default="")
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_entry = models.BigIntegerField(null=True)
    decision_text = models.CharField(max_length=LONGEST_TEXT, default="")

    class Meta:
        indexes = [
            models.Index(fields=["decision", "at", "id"], name="appeal_waiting"),
            models.Index(fields=["decided_at"], name="appeal_decided"),
        ]
