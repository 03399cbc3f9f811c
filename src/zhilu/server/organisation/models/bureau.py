from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class Bureau(Evidential):
    code = models.CharField(max_length=64, primary_key=True)
    domain = models.CharField(max_length=200)
    root = models.CharField(max_length=64)
    text_key = models.JSONField()


class Peer(Evidential):
    """Another program that may speak to this one by signed requests: the keyholder."""

    kid = models.CharField(max_length=43, primary_key=True)
    role = models.CharField(max_length=64)
    name = models.CharField(max_length=200, unique=True)
    jwk = models.JSONField()
    cosigner = models.CharField(max_length=400)


class Policy(Evidential):
    version = models.PositiveIntegerField(primary_key=True)
    quorum = models.PositiveSmallIntegerField()
    copies = models.PositiveSmallIntegerField()
    officer_check_least = models.CharField(max_length=16)
    core = models.JSONField()


class ListedBureau(Evidential):
    """A bureau besides the founded one."""

    code = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=200)
    parent = models.CharField(max_length=64, null=True)
    closed = models.BooleanField()

    def __str__(self) -> str:
        return self.name


class Department(Evidential):
    """A department as it is now; what it was, its entries say."""

    id = models.UUIDField(primary_key=True)
    bureau = models.CharField(max_length=64, db_index=True)
    parent = models.UUIDField(null=True)
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=200)
    order = models.PositiveIntegerField()
    closed = models.BooleanField()

    def __str__(self) -> str:
        return self.name


class Calendar(Evidential):
    """`days`: what of this year differs from Monday to Friday."""

    year = models.PositiveIntegerField(primary_key=True)
    days = models.JSONField()


class Review(Evidential):
    """A review of all grants."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    grants = models.PositiveIntegerField()
    withdrawn = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
