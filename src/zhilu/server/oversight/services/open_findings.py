"""Findings about which somebody still has to do something, in the database's words."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.models import Explanation, FindingPerson


def standing() -> Q:
    return Q(conclusion="", cleared_at=None)


def mine(person: UUID) -> Q:
    """That ask him, or did."""
    return Q(id__in=FindingPerson.objects.filter(person=person).values("finding"))


def to_conclude(at: datetime, days: rules.Times) -> Q:
    """Everybody was heard and answered, or let it lapse."""
    waits = Explanation.objects.filter(
        finding=OuterRef("pk"), decision="", at__gte=rules.lapsed_before(at, "head", days)
    )
    his = Explanation.objects.filter(finding=OuterRef("finding_id"), by=OuterRef("person"))
    unheard = FindingPerson.objects.filter(finding=OuterRef("pk")).filter(~Exists(his))
    has_lapsed = Q(raised_at__lt=rules.lapsed_before(at, "explain", days))
    ready = ~Q(Exists(waits)) & (has_lapsed | ~Q(Exists(unheard)))
    return standing() & ready & ~Q(severity=rules.REFER)
