from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One leaf with its payload (spec/ledger.md §1). Written once by `commit`; kind, at, subject repeat the
    leaf for queries.
    """

    index = models.BigIntegerField(primary_key=True)
    leaf = models.BinaryField()
    core = models.BinaryField()
    core_salt = models.BinaryField()
    personal = models.BinaryField(null=True)
    personal_salt = models.BinaryField(null=True)
    kind = models.CharField(max_length=64)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(index__gte=0), name="entry_index_natural")]
        indexes = [
            models.Index(fields=["kind", "index"], name="entry_by_kind"),
            models.Index(fields=["subject", "index"], name="entry_by_subject"),
            models.Index(fields=["actor", "index"], name="entry_by_actor"),
        ]
