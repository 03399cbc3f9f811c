"""Due tasks and what persons said of their matches (spec/due-tasks.md)."""

from __future__ import annotations

from django.db import models

from zhilu.server.evidence.rules_links import LONGEST_NAME, LONGEST_NUMBER
from zhilu.server.ledger.models import Evidential
from zhilu.server.oversight.rules_tasks import LONGEST_CODE, LONGEST_OWN, LONGEST_PLACE, LONGEST_REASON

NEWEST = ["-since", "-id"]
"""The order of lists."""


class TaskSaid(Evidential):
    """What a version says. `officers`: ids of persons, the first leads; `taxpayer`, `document`: numbers, as
    links have them. `source`: `api` or `file`; `entered_by`: a person or a token.
    """

    PERSONAL = ("taxpayer", "name", "document", "place")

    version = models.PositiveIntegerField()
    procedure = models.CharField(max_length=LONGEST_CODE)
    officers = models.JSONField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    withdrawn = models.BooleanField()
    department = models.UUIDField(null=True)
    source = models.CharField(max_length=8)
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=64)
    late = models.BooleanField(default=False)
    taxpayer = models.CharField(max_length=LONGEST_NUMBER, default="")
    name = models.CharField(max_length=LONGEST_NAME, default="")
    document = models.CharField(max_length=LONGEST_NUMBER, default="")
    place = models.CharField(max_length=LONGEST_PLACE, default="")

    class Meta:
        abstract = True


class DueTask(TaskSaid):
    """A task as its newest version says it; `entry` is that of this version. `department`: where its first
    officer worked on the planned day, as was known when the version was entered. `late_at`: when the first
    late version came.
    """

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=LONGEST_OWN, unique=True)
    late_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=[*NEWEST, "department", "procedure"], name="task_newest"),
            models.Index(fields=["taxpayer"], name="task_of_taxpayer"),
            models.Index(fields=["document"], name="task_of_document"),
            models.Index(
                fields=["entered_by"],
                condition=models.Q(source="file", late=True),
                name="task_entered_late",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("since")), name="task_ends_after_it_begins"
            )
        ]


class DueTaskVersion(TaskSaid):
    """A version that a newer one has replaced."""

    id = models.CharField(max_length=60, primary_key=True)  # task and version
    task = models.UUIDField()

    class Meta:
        indexes = [
            models.Index(
                fields=["entered_by"],
                condition=models.Q(source="file", late=True),
                name="task_version_entered_late",
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["task", "version"], name="task_version_once")]


class DueTaskOfficer(Evidential):
    """Of the newest version, for lists. `since`: of the plan."""

    id = models.UUIDField(primary_key=True)  # rules_tasks.naming_id
    task = models.UUIDField()
    officer = models.UUIDField()
    since = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["officer", "-since", "task"], name="task_of_officer")]


class MatchCorrection(Evidential):
    """Somebody said what belongs together; `task` or `act` null: nothing does. `back`: that what was said
    before counts no more. `ended`: the entry that took it back or said otherwise, its own of one that takes
    back; null while it counts.
    """

    PERSONAL = ("reason",)

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    task = models.UUIDField(null=True)
    act = models.UUIDField(null=True)
    back = models.BooleanField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    ended = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=LONGEST_REASON, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=models.Q(ended=None), name="correction_of_task_once"
            ),
            models.UniqueConstraint(
                fields=["act"], condition=models.Q(ended=None), name="correction_of_act_once"
            ),
            models.CheckConstraint(
                condition=models.Q(task__isnull=False) | models.Q(act__isnull=False), name="correction_of"
            ),
        ]
