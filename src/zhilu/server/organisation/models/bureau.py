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
