"""What is missing today in the departments of whoever watches over them: tasks that are due and have no
recording yet, recordings that nobody has described, who has which recorder, what waits for this person.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from zhilu.server.catalogue.models import Procedure
from zhilu.server.equipment.models import HeldLogbook, Issue, Recorder
from zhilu.server.evidence.models import Recording
from zhilu.server.ledger.clock import day_of, midnight
from zhilu.server.organisation.services.people import names
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.oversight.models import DueTask
from zhilu.server.pages.services import overseen
from zhilu.server.pages.services.overseen import DONE, Places, Step
from zhilu.server.pages.services.recordings import undescribed

MOST_TASKS, MOST_RECORDINGS, MOST_RECORDERS = 500, 20, 200
MISSING, BARE, OVER, SOON, UNMATCHED = "missing", "undescribed", "over", "planned", ""


@dataclass(frozen=True)
class Line:
    """A task that has no recording yet. `state`: see `_state`; `recorders`: serial numbers that its officers
    have.
    """

    task: DueTask
    procedure: str
    officers: list[str]
    recorders: list[str]
    department: str
    state: str


@dataclass(frozen=True)
class Held:
    """Who has a recorder, since when, and when its lines were last told, which is at a station."""

    serial: str
    person: UUID | None
    name: str
    department: str
    since: datetime
    told_at: datetime | None
    is_back: bool


@dataclass(frozen=True)
class Bare:
    """A recording that no act names."""

    recording: Recording
    officer: str
    department: str


class Today:
    """`at`: the moment at which it is looked at; `day`: its day, or one before."""

    def __init__(self, rights: Rights, at: datetime, day: date | None = None) -> None:
        self.rights, self.at = rights, at
        self.day = day or day_of(at)
        self.places = Places(rights)
        counts, (self.as_of, self.size) = overseen.waiting(rights, at)
        self.steps: list[Step] = overseen.steps(counts)
        tasks = list(self._tasks()[: MOST_TASKS + 1])
        self.is_cut = len(tasks) > MOST_TASKS
        held = list(self._issues()[: MOST_RECORDERS + 1])
        self.has_more_recorders = len(held) > MOST_RECORDERS
        bare = list(self._bare()[: MOST_RECORDINGS + 1])
        self.has_more_bare = len(bare) > MOST_RECORDINGS
        self._tell(tasks[:MOST_TASKS], held[:MOST_RECORDERS], bare[:MOST_RECORDINGS])

    def _tasks(self) -> QuerySet[DueTask]:
        begin, end = midnight(self.day), midnight(self.day + timedelta(days=1))
        listed = Procedure.objects.filter(code=OuterRef("procedure")).order_by("-version").values("name")[:1]
        tasks = overseen.tasks_between(begin, end).filter(self.places.within())
        return tasks.annotate(named=Subquery(listed)).order_by("since", "id")

    def _issues(self) -> QuerySet[Any]:
        told = HeldLogbook.objects.filter(recorder=OuterRef("recorder")).values("told_at")[:1]
        serial = Recorder.objects.filter(kid=OuterRef("recorder")).values("serial")[:1]
        out = Issue.objects.filter(self.places.within(), returned_at=None)
        return out.annotate(told_at=Subquery(told), serial=Subquery(serial)).order_by("department", "serial")

    def _bare(self) -> QuerySet[Recording]:
        rows = Recording.objects.filter(self.places.within())
        return undescribed(rows).order_by("opened_at", "id")

    def _tell(self, tasks: list[Any], held: list[Any], bare: list[Recording]) -> None:
        people = {UUID(one) for task in tasks for one in task.officers}
        people |= {one.person for one in held if one.person} | {one.officer for one in bare if one.officer}
        told = names(people)
        begin = midnight(self.day)
        self.recorders = [
            Held(
                one.serial or one.recorder[:8],
                one.person,
                told.get(str(one.person), ""),
                self.places.name(one.department),
                one.at,
                one.told_at,
                one.told_at is not None and one.told_at >= begin,
            )
            for one in held
        ]
        of_person: dict[str, list[str]] = {}
        for one in self.recorders:
            of_person.setdefault(str(one.person), []).append(one.serial)
        self.due = [one for one in tasks if one.is_due is not False]
        self.counts = Counter("done" if one.state in DONE else "open" for one in self.due)
        self.lines = [
            Line(
                one,
                f"{one.procedure} {one.named or ''}".strip(),
                [told.get(officer, officer[:8]) for officer in one.officers],
                [serial for officer in one.officers for serial in of_person.get(officer, [])],
                self.places.name(one.department),
                _state(one, self.at),
            )
            for one in self.due
            if one.state not in DONE
        ]
        self.bare = [
            Bare(one, told.get(str(one.officer), ""), self.places.name(one.department)) for one in bare
        ]


def _state(task: Any, at: datetime) -> str:
    """What is said of a task that has no recording: its match's word, and of one that is still open whether
    its time is over.
    """
    if task.state in (MISSING, BARE, "drill", UNMATCHED):
        return str(task.state)
    return OVER if task.until <= at else SOON
