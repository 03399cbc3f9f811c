"""The tables of the ledger at hand as facts of some days (spec/findings.md §2). Standing in the ledger's
database (`federation.services.ledgers.of`).

- Loaded are the tasks, acts and recordings of the days; every act and task that could be a candidate of one
  of these, and of that again, until nothing is added; of an act all recordings; of an officer what he
  recorded while a task or an act of his ran. So what is judged of a day is the same whichever other days are
  judged with it.
- What is loaded besides has a day outside, of which nothing is judged.
- An act that was opened more than a quarter after its day is found by its recordings, document and officers,
  no longer by its taxpayer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from zhilu.server.equipment.models import Docking, HandedOver
from zhilu.server.evidence.models import Act, ActLink, ActOfficer, ActSpan, Recording, Statement
from zhilu.server.ledger.lock import among
from zhilu.server.oversight.findings import facts
from zhilu.server.oversight.findings.days import DAY_S, HOUR_S, days_of, midnight
from zhilu.server.oversight.models import DueTask, DueTaskOfficer
from zhilu.server.oversight.rules_findings import BOUNDS
from zhilu.server.oversight.services import concluded, fact_others, fact_rows
from zhilu.server.oversight.services.fact_rows import moment, parts

LONG_S = 31 * DAY_S
"""No plan is longer (rules_tasks); a recording that is, is not looked for."""
LATE_S = 92 * DAY_S
NEAR_S = BOUNDS["match_days"][1] * DAY_S
"""Between plan and act, as far as the limit may go."""
CLOCK_S = HOUR_S
"""What a clock that is off by more recorded is looked for by its docking."""
BEYOND_S = 3 * DAY_S
"""So far before and after what an act covers its officers' recordings are looked for."""
MOST_AROUND = 50_000
"""Tasks and acts besides those of the days: a number that all share joins nothing."""
Stretch = tuple[int, int]


@dataclass
class Wanted:
    """Of these officers, from when to when on a day."""

    since: int
    until: int
    officers: set[str]


def of_days(first: date, last: date, as_of: int) -> facts.Facts:
    around = _Around(midnight(first), midnight(last) + DAY_S)
    around.take_days()
    around.close()
    around.take_others()
    return around.facts(first, last, as_of)


class _Around:
    """From `since` to `until`, in seconds, and what belongs to it."""

    def __init__(self, since: int, until: int) -> None:
        self.since, self.until = since, until
        self.tasks: dict[str, facts.Task] = {}
        self.acts: dict[str, facts.Act] = {}
        self.recordings: dict[str, facts.Recording] = {}
        self.spans: dict[str, facts.Span] = {}
        self.links: dict[str, list[facts.Link]] = defaultdict(list)
        self.statements: list[facts.Statement] = []
        self.outcomes: list[facts.Outcome] = []
        self.corrections: set[facts.Correction] = set()
        self.others = fact_others.Others()
        self._spanned: set[str] = set()
        self._runs: dict[str, Stretch] = {}
        self._numbers: dict[str, set[str]] = {}
        self._tasks_by: dict[str, list[str]] = defaultdict(list)
        self._acts_by: dict[str, list[str]] = defaultdict(list)

    # -- what is of the days

    def take_days(self) -> None:
        self._take_recordings(self._recordings_of_days(), of_days=True)
        self._take_spans()
        since, until = moment(self.since), moment(self.until)
        acts = {one.act for one in self.spans.values()}
        acts |= _ids(Act.objects.filter(opened_at__gte=since, opened_at__lt=until), "id")
        acts |= _ids(Statement.objects.filter(began__gte=since, began__lt=until), "act")
        self.take_tasks(_running(self.since, self.until))
        self._take_acts(acts)

    def _recordings_of_days(self) -> Iterator[Q]:
        near, until = moment(self.since - DAY_S - CLOCK_S), moment(self.until + CLOCK_S)
        runs = Q(closed_at__gt=moment(self.since - CLOCK_S))
        yield runs & Q(opened_at__gte=near, opened_at__lt=until)
        is_long = Q(duration_us__gt=DAY_S * fact_rows.SECOND)
        yield runs & is_long & Q(opened_at__gte=moment(self.since - LONG_S), opened_at__lt=near)
        off = Q(offset_us__gt=CLOCK_S * fact_rows.SECOND) | Q(offset_us__lt=-CLOCK_S * fact_rows.SECOND)
        docked = Docking.objects.filter(off, at__gte=moment(self.since), at__lt=moment(self.until + LATE_S))
        for some in parts(docked.values_list("recorder", "handover")):
            handed = HandedOver.objects.filter(
                recorder__in={one for one, _ in some}, handover__in=[one for _, one in some]
            )
            for ids in parts(handed.values_list("recording", flat=True)):
                yield Q(id__in=ids)

    def _is_of_days(self, one: facts.Recording) -> bool:
        off = one.offset or 0
        return one.opened - off < self.until and max(one.closed - off, one.opened - off + 1) > self.since

    # -- taking rows

    def take_tasks(self, rows: QuerySet[DueTask]) -> list[str]:
        """Those that are new."""
        new = [one for one in fact_rows.tasks(rows) if one.task not in self.tasks]
        for one in new:
            self.tasks[one.task] = one
            for key in _keys(one.taxpayer, one.document, one.officers):
                self._tasks_by[key].append(one.task)
        return [one.task for one in new]

    def _take_acts(self, ids: Iterable[str]) -> list[str]:
        new = sorted(set(ids) - self.acts.keys())
        for some in parts(new):
            told = fact_rows.statements(some)
            self.acts |= ((one.act, one) for one in fact_rows.acts(some, told))
            self.statements += (one.fact for one in told)
            self.outcomes += fact_rows.outcomes(some)
            for link in fact_rows.links(some):
                self.links[link.act].append(link)
            self.spans |= fact_rows.spans("act", some)
        new = [one for one in new if one in self.acts]
        spans: dict[str, list[facts.Span]] = defaultdict(list)
        for span in self.spans.values():
            spans[span.act].append(span)
        named = {span.recording for one in new for span in spans[one]}
        for some in parts(named - self.recordings.keys()):
            self._add(among(Recording.objects.all(), some))
        for one in new:
            self._runs[one] = self._run(self.acts[one], spans[one])
            numbers = {(link.kind, link.number) for link in self.links[one]}
            for kind, number in numbers:
                self._acts_by[f"{kind} {number}"].append(one)
            self._numbers[one] = {number for kind, number in numbers if kind == "taxpayer" and number}
            for officer in self.acts[one].officers:
                self._acts_by[f"officer {officer}"].append(one)
        return new

    def _run(self, act: facts.Act, spans: list[facts.Span]) -> Stretch:
        """All of the time in which it may count as having run."""
        times = [act.opened if act.began is None else act.began]
        for span in spans:
            recording = self.recordings.get(span.recording)
            if recording and not recording.drill:
                begin = recording.opened - (recording.offset or 0)
                times += [begin + span.since, min(begin + span.until, recording.closed)]
        if len(times) > 1 and act.began is None:
            del times[0]
        return min(times), max(*times, act.ended or 0, min(times) + 1)

    def _take_recordings(self, which: Iterable[Q], of_days: bool = False) -> None:
        for about in which:
            self._add(Recording.objects.filter(about), of_days)

    def _add(self, rows: QuerySet[Recording], of_days: bool = False) -> None:
        for one in fact_rows.recordings(rows.values_list(*fact_rows.RECORDING).iterator(2000)):
            if not of_days or self._is_of_days(one):
                self.recordings.setdefault(one.recording, one)

    def _take_spans(self) -> None:
        new = self.recordings.keys() - self._spanned
        for some in parts(new):
            self.spans |= fact_rows.spans("recording", some)
        self._spanned |= new

    # -- what belongs to it

    def close(self) -> None:
        """Until nothing is added."""
        tasks, acts = set(self.tasks), set(self.acts)
        known, size = (set(tasks), set(acts)), len(tasks) + len(acts)
        while (tasks or acts) and len(self.tasks) + len(self.acts) - size < MOST_AROUND:
            self._take_acts(self._acts_for([self.tasks[one] for one in tasks]))
            for rows in self._tasks_for([self.acts[one] for one in acts]):
                self.take_tasks(rows)
            pairs = self._take_corrected(tasks, acts)
            pairs |= {("", act) for task in tasks for act in self._acts_near(task, known[1])}
            pairs |= {(task, "") for act in acts for task in self._tasks_near(act, known[0])}
            tasks = {task for task, _ in pairs if task in self.tasks} - known[0]
            acts = {act for _, act in pairs if act in self.acts} - known[1]
            known = known[0] | tasks, known[1] | acts
        self._take_recorded()
        self._take_spans()

    def _acts_for(self, tasks: list[facts.Task]) -> set[str]:
        found: set[str] = set()
        for some in parts(sorted({one.document for one in tasks} - {""})):
            found |= _ids(among(ActLink.objects.filter(kind="document"), some, "number"), "act")
        with_number = sorted((one for one in tasks if one.taxpayer), key=lambda one: one.since)
        for those in parts(with_number):
            opened = {
                "act__opened_at__gte": moment(those[0].since - NEAR_S - DAY_S),
                "act__opened_at__lt": moment(max(one.until for one in those) + LATE_S),
            }
            numbers = {one.taxpayer for one in those}
            links = among(ActLink.objects.filter(kind="taxpayer", **opened), sorted(numbers), "number")
            found |= _ids(links, "act")
        for then in self._outside((task.officers, task.since, task.until) for task in tasks):
            found |= _acts_when(then)
        return found

    def _tasks_for(self, acts: list[facts.Act]) -> Iterator[QuerySet[DueTask]]:
        numbers: dict[str, set[str]] = {"document": set(), "taxpayer": set()}
        for one in acts:
            for link in self.links[one.act]:
                if link.kind in numbers and link.number:
                    numbers[link.kind].add(link.number)
        for some in parts(sorted(numbers["document"])):
            yield among(DueTask.objects.all(), some, "document")
        runs = [self._runs[one.act] for one in acts]
        for some in parts(sorted(numbers["taxpayer"])):
            since = moment(min(one for one, _ in runs) - NEAR_S - LONG_S)
            until = moment(max(one for _, one in runs) + NEAR_S)
            yield among(DueTask.objects.filter(since__gte=since, since__lt=until), some, "taxpayer")
        wanted = ((one.officers, *self._runs[one.act]) for one in acts)
        for then in self._outside(wanted):
            since, until = moment(then.since - LONG_S), moment(then.until)
            for some in parts(sorted(then.officers)):
                mine = DueTaskOfficer.objects.filter(officer__in=some, since__gte=since, since__lt=until)
                yield _running(then.since, then.until).filter(id__in=mine.values("task"))

    def _take_corrected(self, tasks: Collection[str], acts: Collection[str]) -> set[tuple[str, str]]:
        new = set(fact_rows.corrections(tasks, acts)) - self.corrections
        self.corrections |= new
        self._take_acts(one.act for one in new if one.act)
        for some in parts(one.task for one in new if one.task):
            self.take_tasks(among(DueTask.objects.all(), some))
        return {(one.task, one.act) for one in new}

    def _outside(self, wanted: Iterable[tuple[tuple[str, ...], int, int]]) -> list[Wanted]:
        """Who is wanted when, outside the days: a row a day."""
        found: dict[int, Wanted] = {}
        for officers, since, until in wanted:
            if since < self.since or until > self.until:
                for day in map(midnight, days_of(since, min(until, since + LONG_S))):
                    if not self.since <= day < self.until:
                        one = found.setdefault(day, Wanted(day + DAY_S, day, set()))
                        one.since = min(one.since, max(since, day))
                        one.until = max(one.until, min(until, day + DAY_S))
                        one.officers |= set(officers)
        return [found[day] for day in sorted(found)]

    def _acts_near(self, task: str, known: Collection[str]) -> Iterator[str]:
        """But for those that are known."""
        one = self.tasks[task]
        for key in _keys(one.taxpayer, one.document, one.officers):
            for act in self._acts_by.get(key, ()):
                if act not in known and self._may_match(one, act, key):
                    yield act

    def _tasks_near(self, act: str, known: Collection[str]) -> Iterator[str]:
        """But for those that are known."""
        one = self.acts[act]
        keys = [f"{link.kind} {link.number}" for link in self.links[act] if link.number]
        for key in [*keys, *(f"officer {officer}" for officer in one.officers)]:
            for task in self._tasks_by.get(key, ()):
                if task not in known and self._may_match(self.tasks[task], act, key):
                    yield task

    def _may_match(self, task: facts.Task, act: str, key: str) -> bool:
        """No candidate is left out; some that are none are let in."""
        since, until = self._runs[act]
        if key.startswith("document "):
            return True
        if key.startswith("taxpayer "):
            return max(since - task.until, task.since - until) <= NEAR_S
        numbers = self._numbers[act]
        is_other = task.taxpayer and numbers and task.taxpayer not in numbers
        return not is_other and since < task.until and until > task.since

    def _take_recorded(self) -> None:
        """What the officers of tasks and acts recorded meanwhile, outside the days."""
        plans = [(one.officers, one.since, one.until) for one in self.tasks.values()]
        runs = [(one.officers, *self._said(one)) for one in self.acts.values()]
        for one in self._outside([*plans, *runs]):
            since, until = moment(one.since - CLOCK_S), moment(one.until + CLOCK_S)
            running = Q(opened_at__gte=since - timedelta(days=1), opened_at__lt=until, closed_at__gt=since)
            self._take_recordings(running & Q(officer__in=some) for some in parts(sorted(one.officers)))

    def _said(self, act: facts.Act) -> Stretch:
        since, until = self._runs[act.act]
        began = since if act.began is None else act.began
        ended = until if act.ended is None else act.ended
        return max(min(since, began), since - BEYOND_S), min(max(until, ended), until + BEYOND_S)

    # -- the rest

    def take_others(self) -> None:
        self.others = fact_others.of_days(self.since, self.until)
        self._take_recordings(self.others.recordings)

    def facts(self, first: date, last: date, as_of: int) -> facts.Facts:
        measured = list(fact_rows.measured(self.recordings))
        stretches = [one for one in measured if isinstance(one, facts.Stretch)]
        return facts.Facts(
            first,
            last,
            as_of,
            tasks=tuple(self.tasks.values()),
            acts=tuple(self.acts.values()),
            spans=tuple(self.spans.values()),
            recordings=tuple(self.recordings.values()),
            stretches=(*fact_rows.stretches(self.recordings), *stretches),
            marks=tuple(one for one in measured if isinstance(one, facts.Mark)),
            statements=tuple(self.statements),
            links=tuple(link for links in self.links.values() for link in links),
            outcomes=tuple(self.outcomes),
            explanations=tuple(concluded.approved([*self.tasks, *self.acts])),
            corrections=tuple(self.corrections),
            boots=tuple(self.others.boots),
            dockings=tuple(self.others.dockings),
            viewings=tuple(self.others.viewings),
            releases=tuple(self.others.releases),
            **fact_rows.frame(),
        )


def _keys(taxpayer: str, document: str, officers: Iterable[str]) -> list[str]:
    keys = [f"officer {one}" for one in officers]
    keys += [f"taxpayer {taxpayer}"] if taxpayer else []
    return keys + ([f"document {document}"] if document else [])


def _running(since: int, until: int) -> QuerySet[DueTask]:
    """Tasks whose plan touches this time."""
    rows = DueTask.objects.filter(since__gte=moment(max(since - LONG_S, 0)), since__lt=moment(until))
    return rows.filter(until__gt=moment(since))


def _acts_when(one: Wanted) -> set[str]:
    """Of these officers, then: by what was recorded, and where nothing is by what is said."""
    since, until = moment(one.since - CLOCK_S), moment(one.until + CLOCK_S)
    recorded = Recording.objects.filter(
        opened_at__gte=since - timedelta(days=1), opened_at__lt=until, closed_at__gt=since
    )
    found: set[str] = set()
    for some in parts(sorted(one.officers)):
        mine = ActOfficer.objects.filter(officer__in=some)
        spans = ActSpan.objects.filter(recording__in=recorded.values("id"), act__in=mine.values("act"))
        found |= _ids(spans, "act")
        found |= _ids(mine.filter(act__opened_at__gte=since, act__opened_at__lt=until), "act")
        began = Statement.objects.filter(began__gte=since, began__lt=until, act__in=mine.values("act"))
        found |= _ids(began, "act")
    return found


def _ids(rows: QuerySet, column: str) -> set[str]:  # type: ignore[type-arg]
    return {str(one) for one in rows.values_list(column, flat=True)}
