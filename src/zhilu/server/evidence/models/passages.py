from __future__ import annotations

from django.db import models

from zhilu.server.evidence.search import TokensField
from zhilu.server.ledger.models import Derived


class Passage(Derived):
    """The tokens of what is said about an act, for the search; nearly always one row an act. No foreign
    key: it goes and comes beside its act.
    """

    act = models.UUIDField()
    place = models.PositiveSmallIntegerField()
    tokens = TokensField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["act", "place"], name="passage_place_once")]
