"""The facts, by what one asks them (spec/oversight.md §1): what is due, what an act covers, who was where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date
from functools import cache
from typing import TypeVar

from zhilu.server.catalogue.rules import demands
from zhilu.server.oversight.findings import stretches
from zhilu.server.oversight.findings.days import DAY_S, Calendar, Limits, day_of, days_of
from zhilu.server.oversight.findings.facts import Act, Facts, Link, Listed, Recording, Span, Statement, Task
from zhilu.server.oversight.findings.stretches import Stretch

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
GAP, IMPORT = "gap", "import"
ELEMENTS = ("time", "place", "persons", "event", "cause", "course", "result")


class World:
    """Whatever order the facts came in, it answers the same, in the same order."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.as_of = facts, facts.as_of
        self.calendar, self.limits = Calendar(facts.calendar), Limits(facts.limits)
        newest = sorted(facts.tasks, key=lambda one: (one.task, one.version))
        self.tasks: dict[str, Task] = {one.task: one for one in newest}
        self.acts: dict[str, Act] = {one.act: one for one in sorted(facts.acts, key=lambda one: one.act)}
        ordered = sorted(facts.recordings, key=lambda one: one.recording)
        self.recordings: dict[str, Recording] = {one.recording: one for one in ordered}
        self.of_recorder = _grouped(ordered, lambda one: one.recorder)
        self.spans = _grouped(facts.spans, lambda one: one.act)
        self.spans_in = _grouped(facts.spans, lambda one: one.recording)
        self.links = _grouped(facts.links, lambda one: one.act)
        self.outcomes = _grouped(facts.outcomes, lambda one: one.act)
        self.marks = _grouped(facts.marks, lambda one: one.recording)
        self.explanations = _grouped(facts.explanations, lambda one: one.subject)
        self._stretches = _grouped(facts.stretches, lambda one: (one.recording, one.kind))
        self._posts = _grouped(facts.posts, lambda one: one.person)
        self._parents = {one.department: one.parent for one in facts.departments}
        self._statements = {
            one.act: one for one in sorted(facts.statements, key=lambda one: (one.act, one.version))
        }
        self._versions = sorted({(one.since, one.version) for one in facts.catalogue})
        self._listed = {(one.version, one.procedure): one for one in facts.catalogue}
        self._by_officer: dict[str, dict[date, list[tuple[int, int, Recording]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for recording in ordered:
            begin, end = self.true(recording)
            for day in days_of(begin, end):
                self._by_officer[recording.officer][day].append((begin, end, recording))
        self.cover = cache(self._cover)
        self.listed = cache(self._find_listed)
        self.department = cache(self._find_department)
        self._is_demanded = cache(self._find_demanded)
        self._act_days: dict[str, date] = {}
        self.real_acts = self._find_real_acts()
        """All but those that have nothing but drills."""

    def true(self, recording: Recording) -> Stretch:
        """From when to when it ran, in true time."""
        off = recording.offset or 0
        return recording.opened - off, recording.closed - off

    def _find_real_acts(self) -> list[Act]:
        return [act for act in self.acts.values() if not self.is_drill(act.act)]

    def is_drill(self, act: str) -> bool:
        found = [self.recordings[span.recording] for span in self.spans.get(act, ()) if self._knows(span)]
        return bool(found) and all(one.drill for one in found)

    def recordings_of(self, act: str) -> list[Recording]:
        """Those of its spans, no drill, each once."""
        ids = {span.recording for span in self.spans.get(act, ()) if self._knows(span)}
        return [self.recordings[one] for one in sorted(ids) if not self.recordings[one].drill]

    def _cover(self, act: str, without: str = "") -> list[Stretch]:
        """`without`: also without what was `black` or `silent`."""
        found: list[Stretch] = []
        for span in self.spans.get(act, ()):
            if self._knows(span) and not self.recordings[span.recording].drill:
                recording = self.recordings[span.recording]
                begin, end = self.true(recording)
                inside = [(begin + span.since, min(begin + span.until, end))]
                bad = self._bad(recording, GAP) + (self._bad(recording, without) if without else [])
                found += stretches.less(stretches.union(inside), stretches.union(bad))
        return stretches.union(found)

    def _knows(self, span: Span) -> bool:
        return span.recording in self.recordings

    def _bad(self, recording: Recording, kind: str) -> list[Stretch]:
        begin = self.true(recording)[0]
        return [
            (begin + one.since, begin + one.until)
            for one in self._stretches.get((recording.recording, kind), ())
        ]

    def unrecorded(self, act: Act, since: int, until: int) -> list[Stretch]:
        """What of this time neither the act covers nor one of its officers recorded otherwise."""
        if since >= until:
            return []
        there = [*self.cover(act.act)]
        for officer in act.officers:
            for recording in self.recorded(officer, since, until):
                there += stretches.less([self.true(recording)], stretches.union(self._bad(recording, GAP)))
        return stretches.less([(since, until)], stretches.union(there))

    def recorded(self, officer: str, since: int, until: int, drill: bool = False) -> list[Recording]:
        """Recordings of the officer that ran then."""
        by_day = self._by_officer.get(officer, {})
        is_short = (
            until - since < len(by_day) * DAY_S
        )  # else what somebody says of a year long gone takes long
        found = {
            one.recording: one
            for day in (days_of(since, until) if is_short else by_day)
            for begin, end, one in by_day.get(day, ())
            if begin < until and end > since and one.drill == drill
        }
        return [found[key] for key in sorted(found)]

    def undescribed(self, recording: Recording) -> list[Stretch]:
        """Of its true time what is neither a gap nor in a span."""
        begin, end = self.true(recording)
        spans = [(begin + one.since, begin + one.until) for one in self.spans_in.get(recording.recording, ())]
        taken = stretches.union([*spans, *self._bad(recording, GAP)])
        return stretches.less(stretches.union([(begin, end)]), taken)

    def runs(self, act: Act) -> Stretch:
        """From when to when it took, by the best that is known."""
        cover = self.cover(act.act)
        if cover:
            return cover[0][0], cover[-1][1]
        begin = act.opened if act.began is None else act.began
        return begin, max(begin + 1, act.ended or 0)

    def day_of_act(self, act: Act) -> date:
        day = self._act_days.get(act.act)
        if day is None:
            day = self._act_days[act.act] = day_of(self.runs(act)[0])
        return day

    def day_of_recording(self, recording: Recording) -> date:
        return day_of(self.true(recording)[0])

    def statement(self, act: str) -> Statement | None:
        return self._statements.get(act)

    def living(self, act: str, kind: str) -> list[Link]:
        return [
            one
            for one in self.links.get(act, ())
            if one.kind == kind and one.at <= self.as_of and (one.ended is None or one.ended > self.as_of)
        ]

    def _find_department(self, person: str, day: date) -> str | None:
        found = [
            (one.since, one.department)
            for one in self._posts.get(person, ())
            if one.since <= day and (one.until is None or day < one.until)
        ]
        return max(found)[1] if found else None

    def _find_listed(self, procedure: str, day: date) -> Listed | None:
        """As the catalogue in force on the day has it."""
        versions = [version for since, version in self._versions if since <= day]
        return self._listed.get((versions[-1], procedure)) if versions else None

    def is_due(self, task: Task) -> bool:
        day = day_of(task.since)
        listed = self.listed(task.procedure, day)
        if task.withdrawn or listed is None or not task.officers:
            return False
        return self._is_demanded(listed.tier, self.department(task.officers[0], day), day)

    def _find_demanded(self, tier: str, department: str | None, day: date) -> bool:
        places = {"", *self._above(department)}
        return any(
            line.department in places
            and line.since <= day
            and (line.until is None or day < line.until)
            and demands(line.tier, tier)
            for line in self.facts.rollout
        )

    def _above(self, department: str | None) -> Iterator[str]:
        """It, and those above it."""
        seen: set[str] = set()
        while department and department not in seen:
            seen.add(department)
            yield department
            department = self._parents.get(department)

    def excused(self, kind: str, persons: tuple[str, ...], *subjects: str | None) -> list[Stretch | None]:
        """Approved explanations of the kind by somebody else: from when to when, None where for all of it.
        One with one end only is none."""
        return [
            None if one.since is None or one.until is None else (one.since, one.until)
            for subject in subjects
            for one in self.explanations.get(subject or "", ())
            if one.kind == kind and one.decision == "approved" and one.decided_by not in ("", *persons)
            if (one.since is None) == (one.until is None)
        ]

    def limit(self, name: str, day: date) -> int:
        return self.limits.number(name, day)


def _grouped(rows: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    found: dict[K, list[T]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return {one: _ordered(group) if len(group) > 1 else group for one, group in found.items()}


def _ordered(group: list[T]) -> list[T]:
    """Each once."""
    return sorted(set(group), key=repr)
