"""Which act is which task's, of every ledger that is here (spec/findings.md §4). Ordinary rows of the own
database, made anew from those tables.
"""

from __future__ import annotations

from django.db import models


class Evaluated(models.Model):
    """The matches of this bureau, and of the own one the findings, follow from its ledger's first `size`
    entries as they stood at `as_of` (seconds since 1970). `rules`: {code: version} by which they were judged.
    `found`: of another bureau, how many findings and sanctions its ledger has (county_figures).
    """

    bureau = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    as_of = models.BigIntegerField()
    rules = models.JSONField()
    found = models.JSONField(default=dict)


class Pending(models.Model):
    """A day that is still to be judged."""

    bureau = models.CharField(max_length=64)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bureau", "day"], name="pending_once")]


class MatchedDay(models.Model):
    """A day on which there are matches, or were: another row, with a greater id, when one of them changes."""

    bureau = models.CharField(max_length=64)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bureau", "day"], name="matched_day_once")]


class Match(models.Model):
    """A task and what became of it. `told`: {"spoke": [...], "second": act or "", "against": why, "further":
    [acts]} (oversight.md §2).
    """

    bureau = models.CharField(max_length=64)
    task = models.UUIDField()
    day = models.DateField()
    department = models.UUIDField(null=True)
    procedure = models.CharField(max_length=16)
    class_code = models.CharField(max_length=500)
    officers = models.JSONField()
    due = models.BooleanField()
    state = models.CharField(max_length=16)
    act = models.UUIDField(null=True)
    told = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bureau", "task"], name="match_once")]
        indexes = [
            models.Index(fields=["bureau", "day", "department"], name="match_by_day"),
            models.Index(fields=["bureau", "act"], name="match_by_act"),
            models.Index(fields=["bureau", "state", "task"], name="match_in_state"),
        ]
