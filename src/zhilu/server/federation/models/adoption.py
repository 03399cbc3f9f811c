from __future__ import annotations

from django.db import models

from zhilu.server.ledger.models import Evidential


class Adopted(Evidential):
    """In a county: an entry of the city's that was taken over. `name`: its kind without version; `leaf`: the
    hash that it has in the city's tree.
    """

    index = models.BigIntegerField(primary_key=True)  # in the city's ledger
    city = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    leaf = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["name", "subject"], name="adopted_of_subject")]


class Adopting(models.Model):
    """How far the taking over is, as of the newest pass: of a county its own row about the city, of a city
    one about each county. `code`, `index`: why it does not go on, and at which of the city's entries; `since`
    then; `looked`: how many entries both ledgers had. No evidence: the ledgers say it again.
    """

    bureau = models.CharField(max_length=64, primary_key=True)
    done = models.BigIntegerField()
    all = models.BigIntegerField()
    looked = models.BigIntegerField(default=0)
    code = models.CharField(max_length=64, default="")
    index = models.BigIntegerField(null=True)
    since = models.DateTimeField()
