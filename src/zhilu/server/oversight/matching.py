"""Which act is which task's (pure; spec/oversight.md §2).

- A pair is a candidate where something joins it and nothing contradicts it. What speaks for it is a row of
  yes and no, the weightiest first; the first that differs decides between two pairs.
- Best pairs first, each task and act once; then tasks that are left take an act from one that has another,
  so that nobody is missed because of the order. What act is left is a further one of its best task.
- A person's corrections come before all that.
- A task of which no act covers anything may be recorded and not described: its officer recorded, within the
  plan, time that no act names.

Which rule makes a finding of it is not said here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from zhilu.server.oversight.findings.days import DAY_S, day_of, days_of
from zhilu.server.oversight.findings.facts import Task
from zhilu.server.oversight.findings.stretches import within
from zhilu.server.oversight.findings.world import World

POINTS = ("document", "taxpayer", "procedure", "officer", "time", "day", "place")
"""The weightiest first."""
NEAREST, TAKEN, CORRECTED = "nearest", "taken", "corrected"
LONGEST = 31 * DAY_S
MOST_NEAR = 100
"""Acts that are looked at of one index, on either side: nobody makes of one taxpayer a million pairs."""


class Pair(NamedTuple):
    """`says`: of each of POINTS. `apart`: seconds between the beginnings."""

    task: str
    act: str
    says: tuple[bool, ...]
    apart: int

    @property
    def rank(self) -> tuple[object, ...]:
        """The best has the least."""
        return (*(not one for one in self.says), self.apart, self.task, self.act)

    @property
    def spoke(self) -> tuple[str, ...]:
        return tuple(name for name, is_so in zip(POINTS, self.says, strict=True) if is_so)


@dataclass(frozen=True)
class Told:
    """Why: what spoke for the act, which candidate was second, and what was against that."""

    spoke: tuple[str, ...] = ()
    second: str = ""
    against: str = ""


@dataclass
class Matches:
    """`acts`: of each task, the match first, then further ones. `bare`: tasks recorded and not described, and
    in which recording.
    """

    acts: dict[str, list[str]] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    bare: dict[str, str] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)


def match(world: World) -> Matches:
    found = Matches()
    index = _Index(world)
    closed_tasks, closed_acts = _corrected(world, found)
    pairs, refused = _pairs(world, index, closed_tasks, closed_acts)
    chosen = _choose(pairs)
    for pair in chosen.values():
        found.acts[pair.task] = [pair.act]
        found.tasks[pair.act] = pair.task
    _add_further(world, index, pairs, found)
    _tell(pairs, refused, chosen, found)
    for task in world.tasks.values():
        if not any(world.cover(act) for act in found.acts.get(task.task, ())):
            recording = recorded(world, task)
            if recording:
                found.bare[task.task] = recording
    return found


def recorded(world: World, task: Task) -> str:
    """A recording by one of its officers that holds, within the plan, time that no act names; or ""."""
    least = world.limit("bare_s", day_of(task.since))
    for officer in sorted(task.officers):
        for recording in world.recorded(officer, task.since, task.until):
            free = within(world.undescribed(recording), task.since, task.until)
            if not recording.aside and any(end - begin >= least for begin, end in free):
                return recording.recording
    return ""


def _corrected(world: World, found: Matches) -> tuple[set[str], set[str]]:
    """Tasks and acts of which a person has said where they belong."""
    tasks, acts = set(), set()
    for one in sorted(world.facts.corrections, key=lambda one: (one.task, one.act)):
        tasks.add(one.task)
        acts.add(one.act)
        if one.task in world.tasks and one.act in world.acts:
            found.acts.setdefault(one.task, []).append(one.act)
            found.tasks[one.act] = one.task
            found.told[one.task] = Told((CORRECTED,))
    return tasks, acts


class _Act(NamedTuple):
    """What is asked of an act for each pair."""

    since: int
    until: int
    documents: set[str]
    taxpayers: set[str]
    procedure: str
    officers: frozenset[str]
    day: date
    place: str
    """Places speak for a pair where one names the other."""


class _Index:
    """Acts by what may join them to a task."""

    def __init__(self, world: World) -> None:
        self.documents, self.taxpayers = _numbers(world, "document"), _numbers(world, "taxpayer")
        self.runs = {act: world.runs(one) for act, one in world.acts.items()}
        self.acts = {
            act: _Act(
                *self.runs[act],
                self.documents[act],
                self.taxpayers[act],
                one.procedure,
                frozenset(one.officers),
                day_of(self.runs[act][0]),
                _plain(one.place),
            )
            for act, one in world.acts.items()
        }
        self._near: dict[tuple[object, ...], list[str]] = defaultdict(list)
        for act, one in world.acts.items():
            for number in self.documents[act]:
                self._near["document", number].append(act)
            since, until = self.runs[act]
            for day in days_of(since, min(until, since + LONGEST)):
                for number in self.taxpayers[act]:
                    self._near["taxpayer", number, day].append(act)
                for officer in one.officers:
                    self._near["officer", officer, day].append(act)

        for there in self._near.values():
            there.sort(key=lambda act: (self.runs[act][0], act))

    def _begin(self, act: str) -> int:
        return self.runs[act][0]

    def near(self, task: Task, days: int) -> list[str]:
        keys: list[tuple[object, ...]] = []
        if task.document:
            keys.append(("document", task.document))
        if task.taxpayer:
            around = days_of(task.since - days * DAY_S, task.until + days * DAY_S)
            keys += [("taxpayer", task.taxpayer, day) for day in around]
        keys += [("officer", one, day) for one in task.officers for day in days_of(task.since, task.until)]
        found: set[str] = set()
        for key in keys:
            there = self._near.get(key, [])
            if len(there) > MOST_NEAR:
                at = bisect_left(there, task.since, key=self._begin)
                there = there[max(0, at - MOST_NEAR) : at + MOST_NEAR]
            found.update(there)
        return sorted(found)


def _numbers(world: World, kind: str) -> dict[str, set[str]]:
    return {act: {one.number for one in world.living(act, kind)} for act in world.acts}


def _pairs(
    world: World, index: _Index, closed_tasks: set[str], closed_acts: set[str]
) -> tuple[list[Pair], dict[str, tuple[Pair, str]]]:
    """The candidates, the best first; and of each task the best of those that something contradicts."""
    pairs: list[Pair] = []
    refused: dict[str, tuple[Pair, str]] = {}
    for task in world.tasks.values():
        if task.withdrawn or task.task in closed_tasks:
            continue
        days = world.limit("match_days", day_of(task.since))
        best: tuple[str, str, tuple[bool, ...], int] | None = None
        why = ""
        document, taxpayer, since, until = task.document, task.taxpayer, task.since, task.until
        officers, day, place = frozenset(task.officers), day_of(task.since), _plain(task.place)
        for act_id in index.near(task, days):
            if act_id in closed_acts:
                continue
            begin, end, documents, taxpayers, procedure, theirs, act_day, there = act = index.acts[act_id]
            says = (
                document != "" and document in documents,
                taxpayer != "" and taxpayer in taxpayers,
                task.procedure == procedure,
                not officers.isdisjoint(theirs),
                begin < until and end > since,
                act_day == day,
                place != "" and there != "" and (place in there or there in place),
            )
            pair = task.task, act_id, says, abs(begin - since)
            against = _contradiction(task, act, says, days)
            if not against:
                pairs.append(Pair(*pair))
            elif best is None or (says, -pair[3]) > (best[2], -best[3]):
                best, why = pair, against
        if best is not None:
            refused[task.task] = Pair(*best), why
    return sorted(pairs, key=lambda one: one.rank), refused


def _plain(place: str) -> str:
    return "".join(place.split()).casefold()


def _contradiction(task: Task, act: _Act, says: tuple[bool, ...], days: int) -> str:
    if says[0]:
        return ""
    if not says[1] and task.taxpayer and act.taxpayers:
        return "taxpayer"
    _, taxpayer, procedure, officer, time, _, _ = says
    if task.document and act.documents and not (taxpayer and time):
        return "document"
    if not procedure:
        return "procedure"
    if max(act.since - task.until, task.since - act.until) > days * DAY_S:
        return "time"
    return "" if taxpayer or (officer and time) else "nothing"


def _choose(pairs: list[Pair]) -> dict[str, Pair]:
    """By task. `pairs`: the best first."""
    chosen: dict[str, Pair] = {}
    holder: dict[str, str] = {}
    wishes: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        wishes[pair.task].append(pair)
        if pair.task not in chosen and pair.act not in holder:
            chosen[pair.task], holder[pair.act] = pair, pair.task
    for task in sorted(wishes):
        if task not in chosen:
            _make_room(task, wishes, chosen, holder)
    return chosen


def _make_room(
    task: str, wishes: dict[str, list[Pair]], chosen: dict[str, Pair], holder: dict[str, str]
) -> None:
    """The shortest way by which others move on to another of their candidates, if there is one."""
    came: dict[str, Pair] = {}
    queue = deque([task])
    while queue:
        for pair in wishes[queue.popleft()]:
            if pair.act in came:
                continue
            came[pair.act] = pair
            if pair.act in holder:
                queue.append(holder[pair.act])
                continue
            step: Pair | None = pair
            while step is not None:
                before = chosen.get(step.task)
                chosen[step.task], holder[step.act] = step, step.task
                step = came[before.act] if before else None
            return


def _add_further(world: World, index: _Index, pairs: list[Pair], found: Matches) -> None:
    for pair in pairs:
        first = found.acts.get(pair.task)
        is_joined = pair.says[0] or pair.says[1]
        if not first or not is_joined or pair.act in found.tasks:
            continue
        if day_of(index.runs[first[0]][0]) == day_of(index.runs[pair.act][0]):
            first.append(pair.act)
            found.tasks[pair.act] = pair.task


def _tell(
    pairs: Iterable[Pair],
    refused: dict[str, tuple[Pair, str]],
    chosen: dict[str, Pair],
    found: Matches,
) -> None:
    others: dict[str, Pair] = {}
    for pair in pairs:
        if pair.act not in found.acts.get(pair.task, ()):
            others.setdefault(pair.task, pair)
    for task in {*others, *chosen, *refused}:
        best = chosen.get(task)
        second, against = _second(task, best, others.get(task), refused, found)
        found.told.setdefault(task, Told(best.spoke if best else (), second, against))


def _second(
    task: str,
    best: Pair | None,
    other: Pair | None,
    refused: dict[str, tuple[Pair, str]],
    found: Matches,
) -> tuple[str, str]:
    if other is not None:
        if other.act in found.tasks:
            return other.act, TAKEN
        return other.act, next(_worse(best, other), NEAREST) if best else NEAREST
    if task in refused:
        pair, against = refused[task]
        return pair.act, against
    return "", ""


def _worse(best: Pair, other: Pair) -> Iterator[str]:
    """In which points the second is worse, the weightiest first."""
    return (name for name, a, b in zip(POINTS, best.says, other.says, strict=True) if a and not b)
