"""Which days have to be judged anew (spec/findings.md §2): those that new entries touch, and those of which a
deadline has passed. Inside `ledgers.of`, but for what the matches that are kept know.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Min, Q, QuerySet

from zhilu.encoding import as_uuid
from zhilu.server.equipment.models import Docking, LoggedAbsence, LoggedRefusal
from zhilu.server.evidence.models import (
    Act,
    ActLink,
    ActRevision,
    ActSpan,
    Outcome,
    Recording,
    Statement,
    Viewing,
)
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import event_of
from zhilu.server.oversight.findings.days import DAY_S, Calendar, Limits, midnight
from zhilu.server.oversight.findings.days import day_of as day_at
from zhilu.server.oversight.findings.days import days_of as days_between
from zhilu.server.oversight.findings.retention_not_lengthened import EVIDENCE
from zhilu.server.oversight.models import DueTask, Explanation, Finding
from zhilu.server.oversight.rules_findings import BOUNDS, YEARS
from zhilu.server.oversight.services import fact_rows
from zhilu.server.oversight.services.fact_rows import moment, parts

ONE_DAY = timedelta(days=1)
NAMING = (
    "recording-", "act-", "statement-", "outcome-", "viewing-", "key-released/", "handover-held/",
    "match-corrected/", "explanation-", "finding-concluded/", "appeal-decided/", "description-assigned/",
)  # fmt: skip
"""Entries that touch the days of all that they name."""
TASKS = "tasks-entered/"
TELLING = ("logbook-held/", "handover-held/")
SINCE = ("post-taken/", "post-left/", "rollout-set/", "catalogue-set/", "limit-set/")
"""All days from the date that they name."""
ALL = ("department-set/", "bureau-listed/")
CALENDAR = "calendar-set/"
_ID = re.compile(r'"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})"')
BOOT, MENDED = "boot", timedelta(days=31)
"""So long after a refusal a recorder's lines may say that it cleared after all."""
_DEADLINES = ("state_days", "link_days", "keep_days")
LONGEST_REST = 90
"""Days between a day and its last deadline, at most, and half as many again."""


@dataclass
class Named:
    """By entries from `entry` on. `recorders`: of which lines or a handover were told; `since`: all days from
    here on."""

    entry: int = 0
    ids: set[str] = field(default_factory=set)
    tasks: set[UUID] = field(default_factory=set)
    recorders: set[str] = field(default_factory=set)
    since: date | None = None

    def reach(self, since: date) -> None:
        self.since = since if self.since is None else min(self.since, since)


def named(known: int, size: int) -> Named:
    """By the entries from `known` on."""
    found = Named(known)
    kinds = Q()
    for start in (*NAMING, TASKS, *TELLING, *SINCE, *ALL, CALENDAR):
        kinds |= Q(kind__startswith=start)
    rows = Entry.objects.filter(kinds, index__gte=known, index__lt=size).order_by("index")
    for row in rows.iterator(500):
        if row.kind.startswith(NAMING):
            found.ids |= {row.subject, *_ID.findall(bytes(row.core).decode())}
        if row.kind.startswith(TELLING):
            found.recorders.add(row.subject)
        elif row.kind.startswith(ALL):
            found.reach(date.min)
        elif row.kind.startswith((*SINCE, CALENDAR)):
            found.reach(_since(row))
    if rows.filter(kind__startswith=TASKS).exists():
        found.tasks |= set(
            DueTask.objects.filter(entry__gte=known, entry__lt=size).values_list("id", flat=True)
        )
    return found


def _since(row: Entry) -> date:
    event: Any = event_of(row)
    if row.kind.startswith(CALENDAR):
        return date(min(max(event.year - 1, 1), MAXYEAR), 12, 1)  # whose deadlines are in the year
    return date.fromisoformat(getattr(event, "since", None) or event.until)


def subjects(found: Named) -> tuple[set[UUID], set[UUID]]:
    """The tasks and acts that these are, or are about."""
    tasks, acts = set(found.tasks), set()
    uuids = {one for one in map(as_uuid, found.ids) if one}
    for some in parts(uuids):
        tasks |= set(DueTask.objects.filter(id__in=some).values_list("id", flat=True))
        acts |= set(Act.objects.filter(id__in=some).values_list("id", flat=True))
        for model in (ActLink, Outcome):
            acts |= set(model._default_manager.filter(id__in=some).values_list("act", flat=True))
        acts |= set(ActSpan.objects.filter(recording__in=some).values_list("act", flat=True))
        _add_explained(Explanation.objects.filter(id__in=some), tasks, acts)
    for ids in parts(found.ids):
        _add_explained(Explanation.objects.filter(finding__in=ids), tasks, acts)
    return tasks, acts


def _add_explained(rows: QuerySet[Explanation], tasks: set[UUID], acts: set[UUID]) -> None:
    for task, act in rows.values_list("task", "act"):
        tasks |= {task} if task else set()
        acts |= {act} if act else set()


def days(found: Named, tasks: Collection[UUID], acts: Collection[UUID]) -> set[date]:
    """Of all these; also of what an act named before."""
    recordings = {one for one in map(as_uuid, found.ids) if one}
    touched: set[date] = set()
    for some in parts(acts):
        recordings |= set(ActSpan.objects.filter(act__in=some).values_list("recording", flat=True))
        for spans in ActRevision.objects.filter(act__in=some).values_list("spans", flat=True):
            recordings |= {one for one in (as_uuid(span["recording"]) for span in spans) if one}
        touched |= set(map(day_of, Act.objects.filter(id__in=some).values_list("opened_at", flat=True)))
        began = Statement.objects.filter(act__in=some).values_list("began", flat=True)
        touched |= {day_of(at) for at in began if at}
    for some in parts(tasks):
        touched |= set(map(day_of, DueTask.objects.filter(id__in=some).values_list("since", flat=True)))
    touched |= _days_of_recordings(recordings)
    for ids in parts(found.ids):
        touched |= set(Finding.objects.filter(id__in=ids).values_list("day", flat=True))
    touched |= _days_of_viewings(recordings) | _days_of_lines(found)
    if found.since is not None:
        touched |= {one for one in with_rows() if one >= found.since}
    return {one for one in touched if one.year in YEARS}


def _days_of_recordings(ids: Iterable[UUID]) -> set[date]:
    """By their own clock and by true time; and of the power-ons in which they began."""
    found: set[date] = set()
    for some in parts(ids):
        rows = Recording.objects.filter(id__in=some).values_list(*fact_rows.RECORDING)
        opened: dict[str, list[int]] = {}
        for one in fact_rows.recordings(rows):
            opened.setdefault(one.recorder, []).append(one.opened)
            for off in {0, one.offset or 0}:
                begin = one.opened - off
                found |= set(days_between(begin, min(one.closed - off, begin + 31 * DAY_S)))
        opened.pop("", None)
        times = [at for all_ in opened.values() for at in all_]
        if times:
            boots = LoggedAbsence.objects.filter(recorder__in=opened, kind=BOOT)
            boots = boots.filter(since__lte=moment(max(times)), until__gt=moment(min(times)))
            for recorder, since, until in boots.values_list("recorder", "since", "until"):
                if since and any(since <= moment(at) < until for at in opened[recorder]):
                    found.add(day_of(since))
    return found


def _days_of_viewings(ids: Iterable[UUID]) -> set[date]:
    found: set[date] = set()
    for some in parts(ids):
        for times in Viewing.objects.filter(id__in=some).values_list("until", "expires", "asked_at"):
            found |= set(map(day_of, times))
    return found


def _days_of_lines(told: Named) -> set[date]:
    """What these recorders' lines show besides recordings, and whether they cleared after all."""
    found: set[date] = set()
    for some in parts(sorted(told.recorders)):
        rows = LoggedAbsence.objects.filter(recorder__in=some, kind=BOOT, entry__gte=told.entry)
        found |= {day_of(at) for at in rows.values_list("since", flat=True) if at}
        handed = Docking.objects.filter(recorder__in=some, entry__gte=told.entry).order_by()
        since = handed.aggregate(first=Min("at"))["first"]
        about = Q(entry__gte=told.entry)
        if since is not None:
            about |= Q(at__gte=since - MENDED)
        for recorder, line, at in LoggedRefusal.objects.filter(about, recorder__in=some).values_list(
            "recorder", "docked", "at"
        ):
            docked = Docking.objects.filter(recorder=recorder, n=-1 if line is None else line - 1)
            found |= {day_of(at), *map(day_of, docked.values_list("at", flat=True))}
    return found


# -- deadlines


def passed(before: int, as_of: int) -> set[date]:
    """Days of which a deadline is over at `as_of` and was not at `before`."""
    frame = fact_rows.frame()
    calendar, limits = Calendar(frame["calendar"]), Limits(frame["limits"])
    found = _days_of_tasks(before, as_of, calendar, limits)
    over: dict[str, list[date]] = {name: [] for name in _DEADLINES}
    if day_at(before) != day_at(as_of):
        day = day_at(before) - timedelta(days=LONGEST_REST)
        while day <= day_at(as_of):
            for name in _DEADLINES:
                if before < calendar.deadline(day, limits.number(name, day)) <= as_of:
                    over[name].append(day)
            day += ONE_DAY
    found |= {*over["state_days"], *over["link_days"]} | _days_of_evidence(over["keep_days"])
    ended = Viewing.objects.filter(until__gt=moment(before), until__lte=moment(as_of))
    return found | set(map(day_of, ended.values_list("until", flat=True)))


def _days_of_tasks(before: int, as_of: int, calendar: Calendar, limits: Limits) -> set[date]:
    since, most = before, BOUNDS["upload_h"][1]
    while calendar.after_hours(since, most) > before:
        since -= DAY_S
    rows = DueTask.objects.filter(since__gte=moment(since - 31 * DAY_S), since__lt=moment(as_of))
    rows = rows.filter(until__gte=moment(since), until__lt=moment(as_of))
    found: set[date] = set()
    for begin, end in rows.values_list("since", "until").iterator(2000):
        day = day_of(begin)
        if day not in found:
            over = calendar.after_hours(fact_rows.up(end), limits.number("upload_h", day))
            found |= {day} if before < over <= as_of else set()
    return found


def _days_of_evidence(over: Iterable[date]) -> set[date]:
    """Of the recordings that became evidence on one of these days."""
    acts: set[UUID] = set()
    for day in over:
        at = {"at__gte": moment(midnight(day)), "at__lt": moment(midnight(day) + DAY_S)}
        acts |= set(ActLink.objects.filter(kind="case", **at).values_list("act", flat=True))
        acts |= set(Outcome.objects.filter(kind__in=EVIDENCE, **at).values_list("act", flat=True))
    return days(Named(), (), acts)


# -- all days


def with_rows() -> list[date]:
    """The days of months in which this ledger has anything to judge."""
    firsts: set[date] = set()
    columns: tuple[tuple[Any, str], ...] = (
        (Recording, "opened_at"), (Act, "opened_at"), (Statement, "began"), (DueTask, "since"),
        (Viewing, "until"), (LoggedAbsence, "since"), (Docking, "at"),
    )  # fmt: skip
    for model, name in columns:
        for at in model._default_manager.exclude(**{name: None}).datetimes(name, "month"):
            firsts |= {at.date().replace(day=1)} if at.year in YEARS else set()
    return sorted({one for first in firsts for one in _month(first)})


def _month(first: date) -> Iterator[date]:
    day = first
    while day.month == first.month:
        yield day
        day += ONE_DAY
