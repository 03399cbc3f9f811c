"""How far the following of neighbours is. Ordinary rows, no evidence: the ledgers say it again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

STALLED = timedelta(minutes=10)


class Mirror(models.Model):
    """In the database of a mirrored ledger, one row: the tree that is stored there, how many entries of it
    are applied, and the newest note.
    """

    frontier = models.JSONField()
    note = models.BinaryField()
    applied = models.BigIntegerField()


class Watch(models.Model):
    """In the own database: a neighbour as it was last seen (spec/federation.md §4). `note`: the newest one
    that was stored; a follower who lost the mirror goes on from it, and from nothing less. `noted`: the
    newest that was seen and extended it, followed to its end or not. `at`: when this was last written, at the
    end of a round and whenever a part of it is done. `left_out`: how many of its policies left the own
    keyholder out after one that shared with it. `ahead`, `back`: how many entries are dated ahead of this
    server's clock, and provably dated back.
    """

    bureau = models.CharField(max_length=64, primary_key=True)
    state = models.CharField(max_length=16)
    code = models.CharField(max_length=64, default="")
    since = models.DateTimeField()
    at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True)
    signed = models.BigIntegerField(default=0)
    stored = models.BigIntegerField(default=0)
    applied = models.BigIntegerField(default=0)
    cosigned = models.BigIntegerField(default=0)
    ahead = models.BigIntegerField(default=0)
    back = models.BigIntegerField(default=0)
    left_out = models.BigIntegerField(default=0)
    index = models.BigIntegerField(null=True)
    note = models.BinaryField(default=b"")
    noted = models.BinaryField(default=b"")

    def shown(self, at: datetime) -> tuple[str, str]:
        """State and code as they are to be said at this time: what is old is not said to be well."""
        if at - self.at > STALLED and self.state not in ("refused", "contradicts"):
            return "away", "stalled"
        return self.state, self.code


class Cosigned(models.Model):
    """A neighbour's cosignature of a checkpoint that was published here."""

    bureau = models.CharField(max_length=64)
    size = models.BigIntegerField()
    line = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bureau", "size"], name="cosigned_once")]


class Given(models.Model):
    """In the own database: a cosignature that this server gave a neighbour. `time`: the cosignature's own, in
    Unix seconds; `refused`: the neighbour said that it has no such checkpoint.
    """

    bureau = models.CharField(max_length=64)
    size = models.BigIntegerField()
    line = models.TextField()
    time = models.BigIntegerField()
    at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    refused = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["bureau", "size"], condition=models.Q(acknowledged_at=None), name="given_waits"
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["bureau", "size"], name="given_once")]


class Comparison(models.Model):
    """In the own database: when a neighbour's rows were last compared with its mirror, every table, and what
    differed: a list of [place, what]. `code`: why the last try was not done, or not of every table.
    `asked_at`: when it is to be done. `hours`: in how many its server was reached since it was due; `hour`:
    since when the next one runs.
    """

    bureau = models.CharField(max_length=64, primary_key=True)
    asked_at = models.DateTimeField(null=True)
    at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    code = models.CharField(max_length=64, default="")
    findings = models.JSONField(default=list)
    hours = models.PositiveIntegerField(default=0)
    hour = models.DateTimeField(null=True)


class Kept(models.Model):
    """The bytes behind a contradiction: both notes as served, and the proof that does not verify. Of each
    neighbour and code the first and the newest.
    """

    contradiction = models.BigIntegerField(primary_key=True)
    note = models.BinaryField()
    stored_note = models.BinaryField()
    proof = models.JSONField()
