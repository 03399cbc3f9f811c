"""Objections: who may, what is struck or granted, and what makes a correction due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from zhilu.errors import DataError
from zhilu.server.assessment import rules, rules_objections
from zhilu.server.assessment.events import ObjectionDecided, ObjectionFiled
from zhilu.server.assessment.models import Objection, Publication, PublishedLine
from zhilu.server.assessment.scheme import Scheme
from zhilu.server.assessment.services import grounds
from zhilu.server.assessment.services.grounds import Asked
from zhilu.server.assessment.services.reckoning import newest, scheme_of
from zhilu.server.evidence.models import Outcome
from zhilu.server.ledger.clock import day_of, new_id
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation import rules_calendar
from zhilu.server.organisation.services import calendar
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.oversight.models import PersonFault

MOST_NAMED = 200


def line_of(month: date, version: int, person: UUID) -> PublishedLine | None:
    return PublishedLine.objects.filter(id=f"{rules.said(month)}/{version}/{person}").first()


def until(publication: Publication) -> date:
    """The last day to object."""
    return untils([publication])[0]


def untils(publications: Sequence[Publication]) -> list[date]:
    """Of each, by one question."""
    published = [day_of(one.at) for one in publications]
    known = calendar.days(*{day.year + more for day in published for more in range(3)})
    return [rules_calendar.add_workdays(day, rules.OBJECT_DAYS, known) for day in published]


def file(person: UUID, month: date, version: int, text: str) -> UUID:
    rules_objections.check_text(text)
    objection = new_id()
    commit(ObjectionFiled(str(objection), rules.said(month), version), str(person), {"text": text.strip()})
    return objection


def decide(
    by: UUID, objection: UUID, decision: str, struck: list[Any], granted: list[str], text: str
) -> None:
    rules_objections.check_text(text)
    commit(ObjectionDecided(str(objection), decision, struck, granted), str(by), {"text": text.strip()})


def check_file(month: date, version: int, person: UUID, today: date) -> None:
    if line_of(month, version, person) is None:
        raise DataError("objection-line", "You are not in this assessment.")
    last = newest(month)
    publication = Publication.objects.get(month=month, version=version)
    is_known = Objection.objects.filter(month=month, version=version, person=person).exists()
    is_newest = last is not None and last.version == version
    rules_objections.check_file(today, until(publication), is_newest, is_known)


def check_decide(
    objection: str, decision: str, struck: Sequence[Any], granted: Sequence[Any], rights: Rights
) -> None:
    row = Objection.objects.filter(id=objection).first()
    if row is None:
        raise DataError("objection-unknown", "There is no such objection.")
    if not rights.covers(row.department, "leader"):
        raise DataError("objection-leader", "Only a leader decides about an objection.")
    rules_objections.check_decide(decision, len(struck), len(granted), not row.decision)
    line = line_of(row.month, row.version, row.person)
    rules_objections.check_uninvolved(str(rights.person), str(row.person), deciders(row, line))
    known = rules.known_items(line.items) if line else set()
    is_bounded = len(struck) + len(granted) <= MOST_NAMED
    if not is_bounded or not all(_key(one) in known and one[0] != rules.OUTCOME for one in struck):
        raise DataError("objection-struck", "What is struck is a deduction of this assessment.")
    if not set(map(str, granted)) <= {
        str(one.id) for one in grantable(row, line.items if line else (), scheme_of(row.month))
    }:
        raise DataError(
            "objection-granted", "What is granted is an outcome that a recording of this month shows."
        )


def _key(said: Any) -> tuple[str, ...]:
    return tuple(map(str, said)) if isinstance(said, list) and len(said) == 3 else ()


def deciders(row: Objection, line: PublishedLine | None) -> set[str]:
    """Who decided one of the grounds in the person's line."""
    known = rules.known_items(line.items) if line else set()
    asked = Asked(row.month, row.at, grounds.first_published(row.month, row.version))
    return {
        by
        for one in grounds.of_month(asked, scheme_of(row.month))
        if one.ground.person == row.person and one.ground.key in known
        for by in one.by
    }


def grantable(row: Objection, items: Iterable[Sequence[Any]], scheme: Scheme) -> list[Outcome]:
    """Outcomes of that month of the person's acts, shown by a recording, that did not count."""
    known = {ref for kind, ref, _code in rules.known_items(items)}
    found = grounds.outcomes_in(row.month, scheme).filter(act__officers__officer=row.person)
    return [one for one in found.select_related("act") if str(one.id) not in known]


def causes(publication: Publication) -> frozenset[str]:
    """Why a new version may follow this one."""
    (told,) = with_causes(Publication.objects.filter(id=publication.id))
    return causes_of(told)


def with_causes(rows: QuerySet[Publication]) -> QuerySet[Publication]:
    """Each with `is_upheld`: an objection was since, and `is_lifted`: some fault was."""
    upheld = Objection.objects.filter(
        month=OuterRef("month"), decision=rules.UPHELD, decided_entry__gt=OuterRef("entry")
    )
    gone = PersonFault.objects.filter(lifted_at__gt=OuterRef("at"))
    return rows.annotate(is_upheld=Exists(upheld), is_lifted=Exists(gone))


def causes_of(told: Any) -> frozenset[str]:
    found = {rules.OBJECTION} if told.is_upheld else set()
    if told.is_lifted and lifted(told):
        found.add(rules.APPEAL)
    return frozenset(found)


def lifted(publication: Publication) -> set[tuple[str, UUID]]:
    """Faults (finding, person) that it counts and that appeals have lifted since."""
    since = PersonFault.objects.filter(lifted_at__gt=publication.at)
    gone = set(since.values_list("finding", "person"))
    if not gone:
        return set()
    people = {person for _finding, person in gone}
    lines = PublishedLine.objects.filter(publication=publication, person__in=people)
    counted = {
        (ref, person)
        for person, items in lines.values_list("person", "items")
        for kind, ref, _code in rules.known_items(items)
        if kind == rules.FINDING
    }
    return gone & counted
