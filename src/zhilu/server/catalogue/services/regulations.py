"""Rules in force (管理办法): texts in versions, and who has read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count

from zhilu.server.catalogue.events import RegulationIssued, RegulationRead
from zhilu.server.catalogue.models import Reading, Regulation
from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.services.people import officers


@dataclass(frozen=True)
class Standing:
    """One text: the version in force on the day (None before the first), and the newest."""

    current: Regulation | None
    newest: Regulation

    @property
    def shown(self) -> Regulation:
        return self.current or self.newest


def standing(on: date) -> list[Standing]:
    """Every text, by its newest title."""
    texts: dict[UUID, list[Regulation]] = {}
    for one in Regulation.objects.defer("text").order_by("-version"):
        texts.setdefault(one.regulation, []).append(one)
    found = [Standing(in_force(versions, on), versions[0]) for versions in texts.values()]
    return sorted(found, key=lambda one: (one.newest.title, one.newest.id))


def in_force(versions: list[Regulation], on: date) -> Regulation | None:
    """Of a text's versions, newest first."""
    return next((one for one in versions if one.since <= on), None)


def readers(regulation: UUID, version: int) -> dict[UUID, Reading]:
    found = Reading.objects.filter(regulation=regulation, version=version)
    return {one.person: one for one in found}


def read_counts() -> dict[tuple[UUID, int], int]:
    """(text, version) → how many of the officers of today have confirmed it."""
    mine = [one.id for one in officers()]
    found = Reading.objects.filter(person__in=mine).values_list("regulation", "version")
    return {(text, version): count for text, version, count in found.annotate(Count("id"))}


def read_by(person: UUID) -> set[tuple[UUID, int]]:
    return set(Reading.objects.filter(person=person).values_list("regulation", "version"))


def unread(person: UUID, on: date) -> list[Regulation]:
    """In force, and not confirmed by this person."""
    known = read_by(person)
    shown = [one.current for one in standing(on)]
    return [one for one in shown if one is not None and (one.regulation, one.version) not in known]


def issue(by: UUID, regulation: UUID | None, version: int, title: str, text: str, since: date) -> UUID:
    """The next version of a text; None begins a new one."""
    found = regulation or new_id()
    commit(RegulationIssued(str(found), version, title, text, since.isoformat()), str(by))
    return found


def confirm(person: UUID, regulation: UUID, version: int) -> None:
    commit(RegulationRead(str(regulation), version, str(person)), str(person))
