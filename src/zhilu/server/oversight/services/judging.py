"""What the facts of some days show: the findings as entries would say them, and where each task stands.
Standing in the ledger's database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from zhilu.encoding import as_uuid
from zhilu.server.catalogue.models import Procedure
from zhilu.server.evidence.models import Act, Recording
from zhilu.server.oversight import rules_findings as rules
from zhilu.server.oversight.events_findings import FindingRaised
from zhilu.server.oversight.findings.days import day_of
from zhilu.server.oversight.findings.every import RULES, evaluate
from zhilu.server.oversight.findings.facts import Facts, Task
from zhilu.server.oversight.findings.rule import Finding, Rule
from zhilu.server.oversight.findings.undone import drills
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches, Told, match
from zhilu.server.oversight.models import Match
from zhilu.server.oversight.services import facts
from zhilu.server.oversight.services.collecting import paused
from zhilu.server.oversight.services.fact_rows import parts

RECORDED, UNDESCRIBED, MISSING, DRILL, EXCUSED, PENDING, NOT_DUE = STATES = (
    "recorded", "undescribed", "missing", "drill", "excused", "pending", "not-due",
)  # fmt: skip
DONE = (RECORDED, EXCUSED, NOT_DUE)
"""States in which nothing is to be done."""
SHOWN = (RECORDED, UNDESCRIBED)
OVER = (*SHOWN, MISSING, DRILL)
"""States of a due task that counts: it is recorded, or its time is over and nobody excused it."""
SAID = ("task", "day", "department", "procedure", "class_code", "officers", "due", "state", "act", "told")
KINDS = {
    "boot-without-recording": rules.BOOT, "clearing-refused": rules.DOCKING, "viewing-unused": rules.VIEWING,
    "viewing-burst": rules.VIEWER_DAY,
}  # fmt: skip
"""Of what kind the subjects of a rule are, where they are no task, act or recording."""


@dataclass
class Judged:
    """`findings`: by id. `matches`, `around`: by task, of the days and of what was loaded with them.
    `act_days`: of each act that was loaded. `loaded`: tasks, acts and recordings.
    """

    findings: dict[str, FindingRaised] = field(default_factory=dict)
    matches: dict[str, Match] = field(default_factory=dict)
    around: dict[str, Match] = field(default_factory=dict)
    act_days: dict[str, date] = field(default_factory=dict)
    loaded: int = 0


@paused()
def of_days(first: date, last: date, as_of: int, asked: Sequence[Rule] = RULES) -> Judged:
    world = World(facts.of_days(first, last, as_of))
    matches = match(world)
    judged = Judged(act_days={one.act: world.day_of_act(one) for one in world.acts.values()})
    judged.loaded = len(world.tasks) + len(world.acts) + len(world.recordings)
    found = evaluate(world, matches, asked)
    departments = _departments(world, found)
    for one in found:
        judged.findings[one.id] = _said(world, one, departments.get(one.id))
    for row in stand(world, matches):
        (judged.matches if first <= row.day <= last else judged.around)[str(row.task)] = row
    return judged


# -- findings


def _said(world: World, one: Finding, department: str | None) -> FindingRaised:
    persons = [person for person in one.found.persons if as_uuid(person)]
    return FindingRaised(
        finding=one.id,
        rule=one.rule.code,
        version=one.rule.version,
        severity=one.rule.severity,
        about=one.found.subject,
        subject_kind=_kind(world, one),
        day=one.found.day.isoformat(),
        department=department,
        persons=list(dict.fromkeys(persons))[: rules.MOST_PERSONS],
        places=[list(place) for place in one.found.places[: rules.MOST_PLACES]],
        words=[_word(word) for word in one.found.words[: rules.MOST_WORDS]],
    )


def _word(said: str) -> str:
    return "".join(one for one in said[: rules.LONGEST_WORD] if one.isprintable())


def _kind(world: World, one: Finding) -> str:
    if one.rule.code in KINDS:
        return KINDS[one.rule.code]
    if one.found.subject in world.acts:
        return rules.ACT
    return rules.TASK if one.found.subject in world.tasks else rules.RECORDING


def _departments(world: World, found: Iterable[Finding]) -> dict[str, str]:
    """By finding: of an act or a recording its own, else of the first person on the day."""
    own: dict[str, dict[str, str]] = {rules.ACT: {}, rules.RECORDING: {}}
    kinds = {one.id: _kind(world, one) for one in found}
    for kind, model in ((rules.ACT, Act), (rules.RECORDING, Recording)):
        for some in parts({one.found.subject for one in found if kinds[one.id] == kind}):
            rows = model._default_manager.filter(id__in=some).exclude(department=None)
            own[kind] |= {str(id_): str(place) for id_, place in rows.values_list("id", "department")}
    departments = {}
    for one in found:
        place = own.get(kinds[one.id], {}).get(one.found.subject)
        if place is None and one.found.persons:
            place = world.department(one.found.persons[0], one.found.day)
        if place is not None:
            departments[one.id] = place
    return departments


# -- tasks


def stand(world: World, matches: Matches) -> Iterator[Match]:
    """A row a task, without a bureau."""
    classes = _classes(one.version for one in world.facts.catalogue)
    for task in world.tasks.values():
        day = day_of(task.since)
        listed = world.listed(task.procedure, day)
        acts = matches.acts.get(task.task, [])
        told = matches.told.get(task.task, Told())
        is_due = world.is_due(task)
        department = world.department(task.officers[0], day) if task.officers else None
        yield Match(
            task=UUID(task.task),
            day=day,
            department=UUID(department) if department else None,
            procedure=task.procedure,
            class_code=classes.get((listed.version, task.procedure), "") if listed else "",
            officers=list(task.officers),
            due=is_due,
            state=_state(world, matches, task) if is_due else NOT_DUE,
            act=UUID(acts[0]) if acts else None,
            told={
                "spoke": list(told.spoke),
                "second": told.second,
                "against": told.against,
                "further": acts[1:],
            },
        )


def is_same(one: Match, other: Match) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in SAID)


def acts_of(*rows: Match | None) -> set[str]:
    """That the tasks have, by these."""
    return {str(act) for row in rows if row and row.act for act in (row.act, *row.told["further"])}


def _classes(versions: Iterable[int]) -> dict[tuple[int, str], str]:
    rows = Procedure.objects.filter(version__in=set(versions))
    return {
        (version, code): name for version, code, name in rows.values_list("version", "code", "class_code")
    }


def _state(world: World, matches: Matches, task: Task) -> str:
    acts = matches.acts.get(task.task, [])
    if any(world.cover(act) for act in acts):
        return RECORDED
    if task.task in matches.bare:
        return UNDESCRIBED
    if world.excused("not-recorded", task.officers, task.task, *acts):
        return EXCUSED
    hours = world.limit("upload_h", day_of(task.since))
    if world.calendar.after_hours(task.until, hours) > world.as_of:
        return PENDING
    return DRILL if drills(world, matches, task) else MISSING


def matched(them: Facts) -> tuple[World, Matches]:
    world = World(them)
    return world, match(world)
