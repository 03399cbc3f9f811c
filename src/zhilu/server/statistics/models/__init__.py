"""Tallies: sums over the rows of a ledger, of all bureaus, in the own database. No evidence: they follow from
the rows, and the audit counts them again (spec/statistics.md §3).
"""

from __future__ import annotations

from django.db import models


class Standing(models.Model):
    """From how many entries of a bureau's ledger its tallies follow, and under which tree. `root` is empty
    where the tree is not made yet; `checkpoint`: size of the newest published one; `matched`: how the matches
    stood of which tasks were counted.
    """

    bureau = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    root = models.CharField(max_length=64, default="")
    checkpoint = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, default="")
    cosigned_at = models.DateTimeField(null=True)
    matched = models.CharField(max_length=100, default="")


DAY, MONTH = "day", "month"
"""What a row sums over; a month stands under its first day."""


class Tally(models.Model):
    """Sums of one day, or of a month of days. `level` says what else they are of: `department`, `officer`
    (with the department), `procedure` (with the department and the class), `class` (both, in the whole
    bureau). From `recordings` on: the numbers of rules.py.
    """

    bureau = models.CharField(max_length=64)
    level = models.CharField(max_length=16)
    span = models.CharField(max_length=8, default=DAY)
    day = models.DateField()
    department = models.UUIDField(null=True)
    officer = models.UUIDField(null=True)
    procedure = models.CharField(max_length=16, default="")
    class_code = models.CharField(max_length=16, default="")
    recordings = models.IntegerField(default=0)
    us = models.BigIntegerField(default=0)
    docked = models.IntegerField(default=0)
    timely = models.IntegerField(default=0)
    marked = models.IntegerField(default=0)
    owed = models.IntegerField(default=0)
    described = models.IntegerField(default=0)
    reviewed = models.IntegerField(default=0)
    passed = models.IntegerField(default=0)
    acts = models.IntegerField(default=0)
    complete = models.IntegerField(default=0)
    confirmed = models.IntegerField(default=0)
    linked = models.IntegerField(default=0)
    linked_taxpayer = models.IntegerField(default=0)
    linked_document = models.IntegerField(default=0)
    linked_case = models.IntegerField(default=0)
    outcomes = models.IntegerField(default=0)
    fen = models.BigIntegerField(default=0)
    o_quota = models.IntegerField(default=0)
    o_relief = models.IntegerField(default=0)
    o_off_book = models.IntegerField(default=0)
    o_tax = models.IntegerField(default=0)
    o_dispute = models.IntegerField(default=0)
    o_disturbance = models.IntegerField(default=0)
    o_documents = models.IntegerField(default=0)
    o_other = models.IntegerField(default=0)
    due = models.IntegerField(default=0)
    due_recorded = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["bureau", "level", "span", "day"], name="tally_of_days")]


class Counted(models.Model):
    """Of which matches a day's numbers of tasks were counted: the `MatchedDay` of that time."""

    bureau = models.CharField(max_length=64)
    day = models.DateField()
    matched = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bureau", "day"], name="counted_once")]


class Used(models.Model):
    """Of which recorders a recording began on this day, in this month: one row, their names with blanks
    between, since always all of them are asked for.
    """

    bureau = models.CharField(max_length=64)
    span = models.CharField(max_length=8, default=DAY)
    day = models.DateField()
    recorders = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bureau", "span", "day"], name="used_once")]


class Held(models.Model):
    """An issue of a recorder, as days: `last` is the one on which it came back."""

    bureau = models.CharField(max_length=64, db_index=True)
    recorder = models.CharField(max_length=43)
    department = models.UUIDField()
    person = models.UUIDField(null=True)
    first = models.DateField()
    last = models.DateField(null=True)
