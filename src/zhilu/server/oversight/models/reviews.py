"""Draws, checklists and reviews of footage (spec/review.md)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from zhilu.server.ledger.models import Evidential
from zhilu.server.oversight.rules_reviews import LONGEST_COMMENT


class Checklist(Evidential):
    """One version of a class's checklist. `items`: [{code, zh, en, must, na}]."""

    id = models.CharField(max_length=80, primary_key=True)  # class and version
    class_code = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    since = models.DateField()
    items = models.JSONField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["class_code", "version"], name="checklist_of_class")]


class Draw(Evidential):
    """`kind` is `random` or `targeted`; `departments` null: of the whole bureau. `cosigner` to `made_at` are
    of random ones; until `made_at` is set nothing is drawn. `size`: how many were drawn.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=8)
    departments = models.JSONField(null=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    criterion = models.CharField(max_length=16, default="")
    value = models.CharField(max_length=64, default="")
    list_hash = models.CharField(max_length=64, default="")
    population = models.PositiveIntegerField(default=0)
    count = models.PositiveIntegerField(null=True)
    percent = models.PositiveSmallIntegerField(null=True)
    second = models.PositiveSmallIntegerField()
    after = models.DateTimeField(null=True)
    cosigner = models.CharField(max_length=400, default="")
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    note = models.TextField(default="")
    seed = models.CharField(max_length=64, default="")
    made_at = models.DateTimeField(null=True)
    made_entry = models.BigIntegerField(null=True)
    size = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], name="draw_newest"),
            models.Index(fields=["kind", "made_at"], name="draw_open"),
        ]

    @property
    def last(self) -> datetime:
        """A moment of the last day."""
        return self.until - timedelta(seconds=1)


class Drawn(Evidential):
    """A recording that is to be reviewed. `state`: `open`, `second` (the second review is wanted), `done`;
    `twice`: the draw wants a second one whatever the first finds. `passed`: by the newest review of it.
    Officer, department and day are the recording's. `first_by`: who filed the first review.
    """

    id = models.UUIDField(primary_key=True)  # of draw and recording
    draw = models.ForeignKey(Draw, models.PROTECT, related_name="drawn")
    recording = models.UUIDField(db_index=True)
    place = models.PositiveIntegerField()
    twice = models.BooleanField()
    officer = models.UUIDField(null=True)
    department = models.UUIDField(null=True)
    day = models.DateField()
    state = models.CharField(max_length=8, default="open")
    passed = models.BooleanField(null=True)
    first_by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["state", "at", "id"], name="drawn_waiting"),
            models.Index(fields=["department", "state", "at"], name="drawn_of_department"),
            models.Index(fields=["officer", "day"], name="drawn_of_officer"),
        ]


class FootageReview(Evidential):
    """`answers`: item → `yes`, `no`, `na`, by the checklist's version. Officer and department are the
    recording's; `act`: where it is in one only.
    """

    PERSONAL = ("comment",)

    id = models.UUIDField(primary_key=True)
    drawn = models.ForeignKey(Drawn, models.PROTECT, related_name="reviews")
    recording = models.UUIDField(db_index=True)
    act = models.UUIDField(null=True)
    officer = models.UUIDField(null=True)
    department = models.UUIDField(null=True)
    level = models.PositiveSmallIntegerField()
    class_code = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    viewing = models.UUIDField()
    answers = models.JSONField()
    failed = models.JSONField()
    passed = models.BooleanField()
    by = models.UUIDField()
    at = models.DateTimeField()
    comment = models.CharField(max_length=LONGEST_COMMENT, default="")

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], name="footage_review_at"),
            models.Index(fields=["officer", "at"], name="footage_review_officer"),
        ]


class ReviewedRecording(Evidential):
    """By the newest review of it, in whatever draw."""

    recording = models.UUIDField(primary_key=True)
    passed = models.BooleanField()
    at = models.DateTimeField()
    review = models.UUIDField()


class JudgedDraw(models.Model):
    """In the own database: what was found of a draw in a neighbour's ledger, and whether it was made then. No
    evidence: the ledgers say it again.
    """

    bureau = models.CharField(max_length=64)
    draw = models.UUIDField()
    made = models.BooleanField()
    code = models.CharField(max_length=32, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bureau", "draw"], name="draw_judged_once")]
