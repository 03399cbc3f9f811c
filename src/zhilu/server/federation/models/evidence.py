from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class Joined(Evidential):
    """A neighbour as it joined, with its newest address."""

    bureau = models.CharField(max_length=64, primary_key=True)
    tier = models.CharField(max_length=16)
    ledger = models.CharField(max_length=400)
    cosigners = models.JSONField()
    quorum = models.PositiveSmallIntegerField()
    kid = models.CharField(max_length=43, unique=True)
    jwk = models.JSONField()
    cosigner = models.CharField(max_length=400)
    url = models.CharField(max_length=200)
    authority = models.CharField(max_length=200)


class Parting(Evidential):
    """What was asked last of ending a neighbourhood."""

    PERSONAL = ("text",)

    bureau = models.CharField(max_length=64, primary_key=True)
    reason = models.CharField(max_length=64)
    text = models.TextField(default="")
    by = models.CharField(max_length=64)
    at = models.DateTimeField()


class Parted(Evidential):
    """A neighbour that is none any more. It may come again, with the ledger that it had."""

    bureau = models.CharField(max_length=64, primary_key=True)
    tier = models.CharField(max_length=16)
    ledger = models.CharField(max_length=400)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()


class NeighbourKeys(Evidential):
    """The newest keys that this ledger's own server has set towards its neighbours, one row."""

    bureau = models.CharField(max_length=64, primary_key=True)
    jwk = models.JSONField()
    cosigner = models.CharField(max_length=400)


class Contradiction(Evidential):
    """What a neighbour was found to have signed or served against what it signed before."""

    id = models.BigIntegerField(primary_key=True)  # the entry's index
    bureau = models.CharField(max_length=64, db_index=True)
    code = models.CharField(max_length=64)
    at = models.DateTimeField()
    stored_size = models.BigIntegerField()
    signed_size = models.BigIntegerField()
    note = models.CharField(max_length=64)
    index = models.BigIntegerField(null=True)
