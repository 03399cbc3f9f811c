"""One number, one file (一案一档): every act that one number binds together, a taxpayer's, a document's, a
case's, with what was recorded, linked and achieved.

Of it a person sees the acts that he may see. That there may be more is said always, and never how many: the
same sentence stands there when there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from zhilu.server.catalogue.services import catalogue
from zhilu.server.evidence.models import Act, ActLink, ActOfficer, ActSpan, Outcome, Recording
from zhilu.server.organisation.services.people import names
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services import acts, recordings

MOST = 200
"""Acts of one number on its page, the newest."""


@dataclass
class Chapter:
    """An act of the file. `at`: when its first recording began, where it is seen, else when it was opened."""

    act: Act
    procedure: str
    at: datetime
    officers: list[str] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    links: list[ActLink] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    link: ActLink
    chapters: list[Chapter]
    names: list[str]
    """What the number is called at one act or another."""
    numbers: list[tuple[str, str, UUID]]
    """Other numbers at these acts: kind, number, a link of it."""
    is_cut: bool

    @property
    def amount_fen(self) -> int:
        return sum(one.amount_fen or 0 for chapter in self.chapters for one in chapter.outcomes)

    @property
    def recording_count(self) -> int:
        return len({one.id for chapter in self.chapters for one in chapter.recordings})


def of_link(link: UUID, rights: Rights) -> Case | None:
    """The file of a link's number; None where nobody linked so, or this person may not see that act."""
    seen = acts.visible(rights).values("id")
    row = ActLink.objects.filter(id=link, gone_at=None, act__in=seen).first()
    if row is None:
        return None
    same = ActLink.objects.filter(kind=row.kind, number=row.number, gone_at=None)
    found = list(
        acts.visible(rights).filter(id__in=same.values("act")).order_by("-opened_at", "-id")[: MOST + 1]
    )
    chapters = _chapters(found[:MOST], rights)
    own = [one for chapter in chapters for one in chapter.links]
    called = {one.name for one in own if one.number == row.number and one.kind == row.kind and one.name}
    others = {(one.kind, one.number): one.id for one in own}
    others.pop((row.kind, row.number), None)
    numbers = [(kind, number, id_) for (kind, number), id_ in sorted(others.items())]
    return Case(row, chapters, sorted(called), numbers, len(found) > MOST)


def _chapters(found: Sequence[Act], rights: Rights) -> list[Chapter]:
    """By time."""
    ids = [act.id for act in found]
    officers = list(ActOfficer.objects.filter(act__in=ids).order_by("id"))
    told = names({one.officer for one in officers})
    listed = catalogue.listed_names((act.catalogue, act.procedure) for act in found)
    spans = list(ActSpan.objects.filter(act__in=ids).order_by("id"))
    seen = recordings.visible(rights).in_bulk([one.recording for one in spans])
    made = {
        act.id: Chapter(act, listed.get((act.catalogue, act.procedure), act.procedure), act.opened_at)
        for act in found
    }
    for one in officers:
        made[one.act_id].officers.append(told.get(str(one.officer), ""))
    for span in spans:
        chapter, recording = made[span.act_id], seen.get(span.recording)
        if recording and recording not in chapter.recordings:
            chapter.recordings.append(recording)
    _add(made, "links", ActLink.objects.filter(act__in=ids, gone_at=None).order_by("at", "id"))
    _add(made, "outcomes", Outcome.objects.filter(act__in=ids, gone_at=None).order_by("at", "id"))
    for chapter in made.values():
        chapter.at = min((one.opened_at for one in chapter.recordings), default=chapter.act.opened_at)
    return sorted(made.values(), key=lambda one: (one.at, one.act.id))


def _add(made: dict[UUID, Chapter], where: str, rows: Any) -> None:
    for one in rows:
        getattr(made[one.act_id], where).append(one)
