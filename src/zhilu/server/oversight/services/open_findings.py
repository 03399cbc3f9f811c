"""Findings about which somebody still has to do something, in the database's words."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Replace

from zhilu.server.oversight import parties
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.oversight.models import Explanation, Finding, FindingPerson


def standing() -> Q:
    return Q(conclusion="", cleared_at=None)


def mine(person: UUID) -> Q:
    """That ask him, or did."""
    return Q(id__in=FindingPerson.objects.filter(person=person).values("finding"))


def party(person: UUID) -> Q:
    """That he decides nothing of, as far as they themselves say (parties.of_finding): he is asked now, or was
    when they were raised, or has explained. Whoever others put in and took out again is none.
    """
    said = Finding.objects.annotate(named=Cast("persons", TextField()))
    now = said.filter(person_rows__person=person, named__contains=str(person))
    first = FindingPerson.objects.filter(person=person, entry__lte=F("finding__entry"))
    explained = Explanation.objects.filter(by=person).exclude(finding="")
    return (
        Q(id__in=now.values("id")) | Q(id__in=first.values("finding")) | Q(id__in=explained.values("finding"))
    )


def acted(person: UUID) -> Q:
    """Of those that stand: in which he has decided an explanation, or that he brought about."""
    decided = Explanation.objects.filter(decided_by=person).exclude(finding="").values("finding")
    return Q(id__in=decided) | moved(person, standing())


def moved(person: UUID, among: Q) -> Q:
    """Of these what he brought about (parties.movers): somebody else decides it."""
    said = parties.corrected().filter(by=str(person))
    late = [(rows.filter(entered_by=str(person)), name) for rows, name in parties.late()]
    his = Q()
    for rows, name in (*late, (said, "task"), (said, "act")):
        his |= Q(bare__in=rows.annotate(bare=_bare(name)).values("bare"))
    found = Finding.objects.filter(among, rule__in=parties.MOVED).annotate(bare=_bare("subject"))
    return Q(id__in=found.filter(his).values("id"))


def _bare(name: str) -> Replace:
    """An id as text without hyphens: one database keeps ids with them, the other without."""
    return Replace(Cast(name, TextField()), Value("-"), Value(""), output_field=TextField())


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
