"""How due tasks and corrections of matches follow from the ledger (spec/due-tasks.md).

A file has a hundred thousand rows, and all of them are entered under one lock: whatever is asked of tables is
asked once for many rows, and new rows go as values, not as objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Q

from zhilu.encoding import as_uuid
from zhilu.errors import DataError
from zhilu.server.catalogue.models import Catalogue, Procedure
from zhilu.server.evidence import standing
from zhilu.server.evidence.models import Act
from zhilu.server.evidence.writers import is_bureau, rights_of_actor
from zhilu.server.ledger import lock, waiting
from zhilu.server.ledger.events import Stamp, applies, checks, checks_many
from zhilu.server.organisation.models import Bureau, Department, Person
from zhilu.server.organisation.rules_tokens import TASKS
from zhilu.server.organisation.services.api_tokens import with_scope
from zhilu.server.organisation.services.people import posts
from zhilu.server.oversight import events_tasks as events
from zhilu.server.oversight import rules_tasks as rules
from zhilu.server.oversight.models import DueTask, DueTaskOfficer, DueTaskVersion, MatchCorrection

KEPT = (
    "version", "procedure", "officers", "since", "until", "withdrawn", "department", "source", "entered_at",
    "entered_by", "late", "entry", *rules.PERSONAL,
)  # fmt: skip
NAMED = ("id", "task", "officer", "since", "entry")
AT_ONCE = 5_000


@checks_many(events.TasksEntered)
def check_entered(given: list[tuple[events.TasksEntered, Stamp]]) -> None:
    rows = [row for event, _stamp in given for row in event.versions]
    if len({row.number for row in rows}) != len(rows):
        raise DataError("task-twice", "An entry says one thing of a task.")
    known = Known(rows)
    for row in rows:
        known.check(row)
        rules.check_version(row.version, known.version(row))
    own = Own(known, rows)
    for actor, source, at in {(stamp.actor, event.source, stamp.at) for event, stamp in given}:
        if source not in rules.SOURCES:
            raise DataError("task-source", "There is no such source of tasks.")
        scope = Scope(actor, source, at)
        for event, stamp in given:
            if (stamp.actor, event.source) == (actor, source):
                scope.check({place for row in event.versions for place in known.places(row)})
                own.check(actor, event.versions)


class Known:
    """What the tables say of many rows: people, where they work, the catalogue of each day, the versions that
    there are. For the rules of the ledger, and for whoever checks a file before.
    """

    def __init__(self, rows: Sequence[rules.Version]) -> None:
        self._people = {str(one) for one in Person.objects.values_list("id", flat=True)}
        own = Bureau.objects.values("code")
        self._own: set[UUID | None] = {
            None,
            *Department.objects.filter(bureau__in=own).values_list("id", flat=True),
        }
        self._catalogues = sorted(Catalogue.objects.values_list("since", "version"))
        self._listed = set(Procedure.objects.values_list("version", "code"))
        self._newest = {one: found for one, *found in _versions([row.task for row in rows])}
        held = posts()
        self.place = cache(lambda person, day: held.on(UUID(person), day))
        """Where somebody works on a day."""
        self._catalogue = cache(self._in_force)

    def check(self, row: rules.Version) -> None:
        """DataError: `officer-unknown`, `officer-elsewhere`, `procedure-unknown`."""
        for one in row.officers:
            if one not in self._people:
                raise DataError("officer-unknown", "Nobody here has one of the officers' numbers.")
            if self.place(one, row.day) not in self._own:
                raise DataError(
                    "officer-elsewhere", "On that day one of the officers works at another bureau."
                )
        if (self._catalogue(row.day), row.procedure) not in self._listed:
            raise DataError("procedure-unknown", "The catalogue of that day has no procedure with this code.")

    def officers(self, row: rules.Version) -> list[str]:
        """Of the newest version that there is."""
        found = self._newest.get(row.task)
        return found[2] if found else []

    def version(self, row: rules.Version) -> int:
        found = self._newest.get(row.task)
        return found[0] if found else 0

    def places(self, row: rules.Version) -> tuple[UUID | None, ...]:
        """The departments that a row is about: as it will be, and as it was."""
        new = self.place(row.officers[0], row.day)
        found = self._newest.get(row.task)
        return (new, found[1]) if found else (new,)

    def _in_force(self, day: date) -> int | None:
        return max((version for since, version in self._catalogues if since <= day), default=None)


def _versions(ids: Sequence[UUID]) -> Iterator[tuple[Any, ...]]:
    for first in range(0, len(ids), AT_ONCE):
        found = lock.among(DueTask.objects.all(), ids[first : first + AT_ONCE])
        yield from found.values_list("id", "version", "department", "officers")


class Own:
    """Whose task a row is, or was: nobody enters, moves or withdraws what he is to do himself."""

    def __init__(self, known: Known, rows: Sequence[rules.Version]) -> None:
        self._known = known
        self._before: dict[UUID, set[str]] = {}
        for some in _some([row.task for row in rows if known.version(row) > 1]):
            said = DueTaskVersion.objects.filter(task__in=some).values_list("task", "officers")
            for task, officers in said:
                self._before.setdefault(task, set()).update(officers)

    def check(self, actor: str, rows: Iterable[rules.Version]) -> None:
        for row in rows:
            named = (row.officers, self._known.officers(row), self._before.get(row.task, ()))
            if any(actor in some for some in named):
                raise DataError("task-own", "Nobody enters a task of which he is an officer, or was one.")


class Scope:
    """The departments in which an actor may enter tasks: a supervisor where he is one, a token what it
    covers, the bureau all.
    """

    def __init__(self, actor: str, source: str, at: Any) -> None:
        self._all = is_bureau(actor)
        self._covers: dict[UUID | None, bool] = {}
        self._rights = None if source == "api" else rights_of_actor(actor)
        self._token = with_scope(actor, TASKS, at) if source == "api" else None

    def check(self, places: Iterable[UUID | None]) -> None:
        if not all(self.covers(one) for one in places):
            raise DataError("task-scope", "This task is of a department for which you may enter none.")

    def covers(self, place: UUID | None) -> bool:
        if place not in self._covers:
            self._covers[place] = self._all or self._asked(place)
        return self._covers[place]

    def _asked(self, place: UUID | None) -> bool:
        if self._token is not None:
            return self._token.covers(place)
        return self._rights is not None and self._rights.covers(place, "supervisor")


@applies(events.TasksEntered)
def apply_entered(event: events.TasksEntered, stamp: Stamp) -> None:
    rows, held = event.versions, posts()
    texts = stamp.personal.get("rows")
    old = [row.task for row in rows if row.version > 1]
    before = waiting.get(DueTask, old) if old else {}
    new, names, replaced = [], [], []
    for at, row in enumerate(rows):
        late = stamp.at > _begins(row, before.get(row.task))
        said = (
            row.version, row.procedure, list(row.officers), row.since, row.until, row.withdrawn,
            held.on(row.named[0][2], row.day), event.source, stamp.at, stamp.actor, late, stamp.index,
            *rules.read_texts(texts, at),
        )  # fmt: skip
        if row.version == 1:
            new.append((row.task, row.number, stamp.at if late else None, *said))
            names += [(*one, row.since, stamp.index) for one in row.named]
        elif row.task in before:
            replaced.append(_replace(before[row.task], said))
        else:
            raise DataError("task-unknown", "There is no such task.")
    waiting.add_values(DueTask, ("id", "number", "late_at", *KEPT), new)
    waiting.add_values(DueTaskOfficer, NAMED, names)
    waiting.add_values(DueTaskVersion, ("id", "task", *KEPT), replaced)
    if old:
        waiting.later((DueTaskOfficer,), _name_anew, old)


def _begins(row: rules.Version, before: DueTask | None) -> datetime:
    """Nobody makes a task timely by putting it off."""
    return row.since if before is None or before.withdrawn else min(row.since, before.since)


def _replace(task: DueTask, said: Sequence[Any]) -> tuple[Any, ...]:
    """What it was, as a row of versions."""
    was = (f"{task.id}/{task.version}", task.id, *(getattr(task, name) for name in KEPT))
    for name, value in zip(KEPT, said, strict=True):
        setattr(task, name, value)
    if task.late and task.late_at is None:
        task.late_at = task.entered_at
    waiting.put(task)
    return was


def _name_anew(tasks: Sequence[UUID]) -> None:
    """Whoever an earlier version named is named no more."""
    rows = list(DueTask.objects.filter(id__in=tasks).values_list("id", "officers", "since", "entry"))
    versions = DueTaskVersion.objects.filter(task__in=tasks).values_list("task", "officers")
    were = {rules.naming_id(task, one) for task, officers in versions for one in officers}
    for some in _some(sorted(were)):
        DueTaskOfficer.objects.filter(id__in=some).delete()
    named = [
        (rules.naming_id(task, one), task, UUID(one), since, entry)
        for task, officers, since, entry in rows
        for one in officers
    ]
    lock.insert_values(DueTaskOfficer, NAMED, named)


def _some(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for first in range(0, len(ids), waiting.MOST_NAMED):
        yield ids[first : first + waiting.MOST_NAMED]


@checks(events.MatchCorrected)
def check_corrected(event: events.MatchCorrected, stamp: Stamp) -> None:
    if event.about != (event.task or event.act):
        raise DataError("correction-of", "A correction is about a task or an act.")
    rules.check_correction(event.task, event.act, event.back, _live(event).exists())
    # Also what others said of either, which ends with this.
    named = [(as_uuid(event.task), as_uuid(event.act)), *_live(event).values_list("task", "act")]
    for task in sorted({one for one, _ in named if one}):
        _check_task(task, stamp)
    for act in sorted({one for _, one in named if one}):
        _check_act(act, stamp)


def _check_task(task: UUID, stamp: Stamp) -> None:
    found = DueTask.objects.filter(id=task).first()
    if found is None:
        raise DataError("task-unknown", "There is no such task.")
    if not is_bureau(stamp.actor):
        _check_may(rights_of_actor(stamp.actor), found.department)
        rules.check_stranger(as_uuid(stamp.actor), officers_of(found))


def _check_act(act: UUID, stamp: Stamp) -> None:
    found = Act.objects.filter(id=act).first()
    if found is None:
        raise DataError("act-unknown", "No such act has been opened.")
    if not is_bureau(stamp.actor):
        _check_may(rights_of_actor(stamp.actor), found.department)
        person = as_uuid(stamp.actor)
        if person is None or standing.had_part(found, person):
            rules.check_stranger(None, ())


def officers_of(task: DueTask) -> set[UUID]:
    """In any version."""
    versions = DueTaskVersion.objects.filter(task=task.id).values_list("officers", flat=True)
    return {UUID(one) for officers in [task.officers, *versions] for one in officers}


def _check_may(rights: Any, department: UUID | None) -> None:
    if rights is None or not rights.covers(department, "supervisor"):
        raise DataError("correction-scope", "Only a supervisor of its department corrects a match.")


@applies(events.MatchCorrected)
def apply_corrected(event: events.MatchCorrected, stamp: Stamp) -> None:
    _live(event).update(ended=stamp.index)
    MatchCorrection.objects.create(
        id=stamp.index,
        task=event.task,
        act=event.act,
        back=event.back,
        by=stamp.actor,
        at=stamp.at,
        ended=stamp.index if event.back else None,
        reason=str(stamp.personal.get("reason", ""))[: rules.LONGEST_REASON],
        entry=stamp.index,
    )


def _live(event: events.MatchCorrected) -> Any:
    """What was said of either, and counts."""
    about = Q(pk__in=[])
    about |= Q(task=event.task) if event.task else about
    about |= Q(act=event.act) if event.act else about
    return MatchCorrection.objects.filter(about, ended=None)
