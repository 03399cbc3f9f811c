"""Oversight in the plan: which acts were due as tasks, which tasks nobody did, and when officers, heads,
supervisor and leader do their part of it (pure).

It has random numbers of its own: what happens besides is the same with it and without.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from zhilu.demo.bureau import days
from zhilu.demo.bureau.county import County
from zhilu.demo.bureau.plan_acts import Acts, Deed
from zhilu.demo.bureau.steps import Linked, Opened, Step
from zhilu.demo.bureau.steps_oversight import (
    Answered,
    Appealed,
    Blamed,
    ChecklistsSet,
    Concluded,
    DrawnAtRandom,
    Entered,
    Excused,
    Explained,
    Judged,
    Objected,
    Published,
    Reviewed,
    ReviewedAgain,
    Sanctioned,
    SchemeEntered,
    Task,
    Upheld,
)

UNPLANNED = ("J01", "J02")
"""Nobody plans a dispute."""
WITHOUT_TASK, WITH_DOCUMENT = 0.05, 0.9
PUBLISHED_ON = 8
"""The workday of a month on which the month before is published."""
REVIEWED = 3
"""Recordings; of a county that is told more lightly one less."""
NEWEST = 8
"""Workdays of which not everything is decided yet."""
WAITING = ((-3, (2, 1)), (-2, (0, 1)))
"""Tasks that nobody did, by workdays from the end, and which officers of the first one's unit were to. When
somebody looks at the demo, the head has to decide about one, and the officers have to explain the other.
"""


@dataclass(frozen=True)
class _Fate:
    """Of a task that nobody did."""

    excused: bool = False
    withdrawn: bool = False


FATES = (_Fate(), _Fate(excused=True), _Fate(), _Fate(withdrawn=True), _Fate())


def make(
    county: County, working: Sequence[date], founded: date, today: date, acts: Acts, part: float
) -> list[Step]:
    chance = random.Random(f"{county.seed} oversight")  # noqa: S311 - no key comes of it
    tasks = list(_done(county, chance, acts))
    missed = list(_missed(county, chance, working, acts, part))
    missed += [(task, _Fate()) for task in _waiting(county, chance, working, acts)]
    tasks += [task for task, _ in missed] + list(_coming(county, chance, today, acts))
    steps: list[Step] = [ChecklistsSet(days.at(founded, 15, 30))]
    steps += _entered(tasks, founded)
    for task, fate in missed:
        steps += _fate(task, fate)
    steps += _judgings(county, working)
    steps += _reviews(county, working, acts)
    steps += _assessment(county, working, founded, today)
    return steps


def taxpayer(county: County, name: str) -> str:
    """The number of the taxpayer of this name, as plan_words links it."""
    number = 1 + sum(map(ord, name)) % 97
    return f"91{county.area}MA0{number:04}X{number % 10}J"


def _done(county: County, chance: random.Random, acts: Acts) -> Iterator[Task]:
    """What became an act: planned about when it was done, as the tax administration system knows it."""
    documents = {
        step.act: step for step in acts.steps if isinstance(step, Linked) and step.kind == "document"
    }
    for deed in acts.deeds:
        has_task, keeps = chance.random() >= WITHOUT_TASK, chance.random() < WITH_DOCUMENT
        early, length = chance.randrange(4, 25), chance.choice((30, 60, 60, 90))
        if deed.procedure in UNPLANNED or not has_task or deed.begun is None:
            continue
        since = _round(deed.begun - timedelta(minutes=early))
        document = documents[deed.key].number if keeps and deed.key in documents else ""
        yield _task(county, f"DT{deed.key.removeprefix('act-')}", deed, since, length, document)


def _task(county: County, number: str, deed: Deed, since: datetime, length: int, document: str = "") -> Task:
    name, place = deed.taxpayer
    officers = tuple(one.login for one in deed.officers)
    until = since + timedelta(minutes=length)
    return Task(f"{county.area}-{number}", deed.procedure, officers, since, until, taxpayer(county, name),
                name, document, place)  # fmt: skip


def _round(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)


def _missed(
    county: County, chance: random.Random, working: Sequence[date], acts: Acts, part: float
) -> Iterator[tuple[Task, _Fate]]:
    """Nobody recorded these: like one that was done, on a day on which its officers did nothing else."""
    busy: dict[str, set[date]] = defaultdict(set)
    for deed in acts.deeds:
        for one in deed.officers:
            busy[one.login].add(deed.day)
    wanted = max(1, round((3 if county.is_light else 6 - len(WAITING)) * part))
    models = [deed for deed in acts.deeds if deed.procedure not in UNPLANNED]
    for number in range(wanted if models else 0):
        model = chance.choice(models)
        free = [day for day in working if not any(day in busy[one.login] for one in model.officers)]
        if not free:
            continue
        day = free[-1] if number == wanted - 1 else chance.choice(free)
        since = days.at(day, chance.choice((9, 10, 14, 15)), chance.choice((0, 30)))
        task = _task(county, f"DT9{number:02}", model, since, 60)
        yield replace(task, **_other(county, chance, model)), FATES[number % len(FATES)]


def _waiting(county: County, chance: random.Random, working: Sequence[date], acts: Acts) -> Iterator[Task]:
    models = [deed for deed in acts.deeds if deed.procedure not in UNPLANNED]
    if county.is_light or len(working) <= NEWEST or not models:
        return
    unit = county.members[0].unit
    officers = [one for one in county.members if one.unit == unit and one.rank == "officer"]
    for number, (place, who) in enumerate(WAITING):
        model, day = chance.choice(models), working[place]
        task = _task(county, f"DT99{number}", model, days.at(day, 11, 30), 30)
        logins = tuple(officers[one].login for one in who)
        yield replace(task, officers=logins, **_other(county, chance, model))


def _other(county: County, chance: random.Random, model: Deed) -> dict[str, Any]:
    name, place = chance.choice([one for one in county.taxpayers if one != model.taxpayer])
    return {"taxpayer": taxpayer(county, name), "name": name, "place": place}


def _coming(county: County, chance: random.Random, today: date, acts: Acts) -> Iterator[Task]:
    """Of today or the next day of work: what the demo's visitors see as still to be done."""
    day = today if days.is_workday(today) else days.after(today)
    models = [
        deed for deed in acts.deeds if deed.procedure not in UNPLANNED and deed.holder.login != "officer"
    ]
    for number, model in enumerate(chance.sample(models, min(3, len(models)))):
        since = days.at(day, (9, 10, 15)[number], 30)
        yield replace(_task(county, f"DT8{number:02}", model, since, 90), **_other(county, chance, model))


def _entered(tasks: Sequence[Task], founded: date) -> Iterator[Step]:
    """On the last workday of the week before, in the afternoon."""
    by_week: dict[date, list[Task]] = defaultdict(list)
    for task in tasks:
        day = task.since.date()
        friday = _last_workday(day - timedelta(days=day.weekday() + 1))
        by_week[max(friday, founded)].append(task)
    for day, some in sorted(by_week.items()):
        yield Entered(days.at(day, 16, 10), tuple(sorted(some, key=lambda one: one.number)))


def _last_workday(day: date) -> date:
    while not days.is_workday(day):
        day -= timedelta(days=1)
    return day


def _fate(task: Task, fate: _Fate) -> Iterator[Step]:
    """Said on the morning of that day, if anything is."""
    morning = days.at(task.since.date(), 8, 25)
    if fate.withdrawn:
        yield Entered(morning, (replace(task, withdrawn=True),))
    if fate.excused:
        yield Excused(morning, task.number, task.officers[0])


def _judgings(county: County, working: Sequence[date]) -> Iterator[Step]:
    """At each month's end, of a county that is told more lightly every second one, and what people do about
    it in the days after. Of what is found in the last days something waits for whoever looks at the demo: for
    the supervisor, for a leader, for the heads, for the officers.
    """
    ends = [
        day for day, after in pairwise(working) if day.month != after.month and day < working[-NEWEST:][0]
    ]
    for day in ends[:: -2 if county.is_light else -1]:
        yield from _answers(day, 4)
    if not county.is_light and len(working) > NEWEST:
        yield from _answers(working[-NEWEST], 3)
        yield Blamed(days.at(working[-2], 10, 30))
        yield Appealed(days.at(working[-1], 9, 50))
        yield from _answers(working[-2], 2, everybody=True)
    yield from _answers(working[-1], 1)


def _answers(day: date, many: int, everybody: bool = False) -> list[Step]:
    """So many of what follows each other."""
    steps: list[Step] = [
        Judged(days.at(day, 17, 55)),
        Explained(days.at(days.after(day), 9, 35), everybody),
        Answered(days.at(days.after(day), 15, 20)),
        Concluded(days.at(days.after(day, 2), 10, 5)),
    ]
    return steps[:many]


def _reviews(county: County, working: Sequence[date], acts: Acts) -> Iterator[Step]:
    """A few that the supervisor chose, some weeks ago, the last seen by two; and a draw that the city's word
    will make.
    """
    begun = {step.act: step for step in acts.steps if isinstance(step, Opened)}
    old = [deed for deed in acts.deeds if deed.key in begun and deed.day <= working[len(working) // 2]]
    if old:
        procedure = old[-1].procedure
        some = [deed for deed in old if deed.procedure == procedure][-(REVIEWED - county.is_light) :]
        films = tuple(dict.fromkeys(deed.spans[0][0] for deed in some))
        after = max(begun[deed.key].at for deed in some).date()
        yield Reviewed(days.at(days.after(after, 3), 14, 10), procedure, films)
        if not county.is_light:
            yield ReviewedAgain(days.at(days.after(after, 5), 14, 10))
    yield DrawnAtRandom(days.at(working[-1], 16, 40), working[-1] - timedelta(days=30))


def _assessment(county: County, working: Sequence[date], founded: date, today: date) -> Iterator[Step]:
    """Each month that is over; of a county that is told more lightly the last two."""
    months = [_next_month(founded.replace(day=1))]
    yield SchemeEntered(days.at(founded, 16, 20), months[0])
    while (after := _next_month(months[-1])) < today:
        months.append(after)
    published = [(one, days.after(_next_month(one) - timedelta(days=1), PUBLISHED_ON)) for one in months]
    over = [(month, day) for month, day in published if day in working]
    for month, day in over[-2:] if county.is_light else over:
        if not county.is_light:
            yield Sanctioned(days.at(day, 9, 10), appeals=month == months[0])
        yield Published(days.at(day, 11, 0), month)
    if over and not county.is_light:
        month, day = over[-1]
        objected = days.after(day, 2)
        yield Objected(days.at(objected, 10, 20), month)
        # As late as can be: whoever looks at the demo may object to the points that he finds.
        yield Upheld(days.at(max(objected, working[-1]), 14, 20))


def _next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)
