"""What is asked, and by which limits (spec/findings.md)."""

from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential
from zhilu.server.oversight.rules_findings import LONGEST_SUBJECT, OPEN


class Finding(Evidential):
    """A question to somebody. `subject`: of what kind, `subject_kind` says. `department`: of who is asked, as
    it was. `asked`: whoever is asked, or was. `places`: [[since, until]] in seconds since 1970; `words`:
    codes, ids, figures. `found_at`: when it was first raised; `raised_at`: from when on its days count, which
    is later where it asks somebody anew, or was cleared meanwhile. `cleared_at`: its facts no longer show it.
    `state`, `conclusion` and `concluded_at` follow from what people answer (spec/answers.md).
    """

    id = models.CharField(max_length=32, primary_key=True)
    rule = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    severity = models.CharField(max_length=16)
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    subject_kind = models.CharField(max_length=16)
    day = models.DateField()
    department = models.UUIDField(null=True)
    persons = models.JSONField()
    asked = models.JSONField(default=list)
    places = models.JSONField()
    words = models.JSONField()
    found_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    cleared_reason = models.CharField(max_length=16, default="")
    state = models.CharField(max_length=16, default=OPEN)
    conclusion = models.CharField(max_length=16, default="")
    concluded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-day", "-id"], name="finding_newest"),
            models.Index(fields=["department", "-day", "-id"], name="finding_of_department"),
            models.Index(fields=["rule", "-day", "-id"], name="finding_of_rule"),
            models.Index(fields=["state", "-day", "-id"], name="finding_in_state"),
            models.Index(fields=["subject"], name="finding_about"),
            models.Index(fields=["-found_at", "-id"], name="finding_raised"),
            models.Index(
                fields=["department", "-found_at", "-id"],
                condition=models.Q(conclusion="", cleared_at=None),
                name="finding_waits",
            ),
            models.Index(
                fields=["severity", "raised_at"],
                condition=models.Q(conclusion="", cleared_at=None),
                name="finding_standing",
            ),
        ]


class FindingPerson(Evidential):
    """Who is asked, or was; first at `asked_at`."""

    id = models.CharField(max_length=69, primary_key=True)  # finding and person
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="person_rows")
    person = models.UUIDField()
    day = models.DateField()
    asked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person", "-day", "-id"], name="finding_of_person")]


class LimitSet(Evidential):
    """A limit has another value since a day; of one day the newest counts."""

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    name = models.CharField(max_length=64)
    value = models.CharField(max_length=64)
    since = models.DateField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
