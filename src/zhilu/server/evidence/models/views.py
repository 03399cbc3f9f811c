from __future__ import annotations

from django.db import models

from zhilu.server.evidence.rules_desk import LONGEST_ASKED, LONGEST_VIEW


class SavedView(models.Model):
    """What somebody asks of a list again and again: its filters and columns as an address says them. An
    ordinary row; one of a person's of a list may be where that list begins.
    """

    person = models.UUIDField()
    list = models.CharField(max_length=20)
    name = models.CharField(max_length=LONGEST_VIEW)
    asked = models.CharField(max_length=LONGEST_ASKED)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "list", "name"], name="view_once"),
            models.UniqueConstraint(
                fields=["person", "list"], condition=models.Q(is_default=True), name="one_default_view"
            ),
        ]
