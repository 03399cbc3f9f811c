"""Files of due tasks on their way in (spec/due-tasks.md §4). Ordinary rows: what a file entered, the ledger
says; what became of one that did not get so far is nobody's evidence.
"""

from __future__ import annotations

from django.db import models

WAITING, CHECKING, CHECKED, AGREED, ENTERING = "waiting", "checking", "checked", "agreed", "entering"
ENTERED, FAILED, DROPPED = "entered", "failed", "dropped"
CHECKS = (WAITING, CHECKING)
BUSY = (WAITING, CHECKING, AGREED, ENTERING)
"""The server is at it: of these there is one."""
OPEN = (*BUSY, CHECKED)


class TaskFile(models.Model):
    """`done` of `rows` are read; `new`, `changed`, `same`, `refused`: what the check found. `plan`: digest of
    what would be entered, which `by` is asked about; `moved`: it is another one than he said yes to.
    `error`: [code, hint, fields] of what stopped it.
    """

    id = models.UUIDField(primary_key=True)
    by = models.UUIDField(db_index=True)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=16)
    at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    plan = models.CharField(max_length=64, default="")
    moved = models.BooleanField(default=False)
    error = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(state__in=BUSY), name="task_file_one_at_a_time"
            )
        ]


class TaskFileProblem(models.Model):
    """A row that is refused: why, in which column (its key), and the number that stood in it."""

    file = models.ForeignKey(TaskFile, models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(null=True)
    column = models.CharField(max_length=32, default="")
    number = models.CharField(max_length=64, default="")
    error = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["file", "row", "id"], name="task_problem_in_order")]
