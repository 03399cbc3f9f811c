"""What was recorded and not linked to procedure, taxpayer and document in time."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.days import day_of
from zhilu.server.oversight.findings.rule import BEGINNING, REMIND, Found, Rule
from zhilu.server.oversight.findings.world import IMPORT, World
from zhilu.server.oversight.matching import Matches


def find(world: World, matches: Matches) -> Iterator[Found]:
    yield from _acts(world, matches)
    yield from _recordings(world)
    yield from _tasks(world, matches)


def _acts(world: World, matches: Matches) -> Iterator[Found]:
    for act in world.real_acts:
        day = world.day_of_act(act)
        due = world.calendar.deadline(day, world.limit("link_days", day))
        task = world.tasks.get(matches.tasks.get(act.act, ""))
        wanted = {"taxpayer": "", "document": task.document if task else ""}
        lacking = tuple(
            kind
            for kind, number in wanted.items()
            if (kind == "taxpayer" or number) and not _is_linked(world, act.act, kind, number, due)
        )
        if lacking and due <= world.as_of:
            yield Found(act.act, day, act.officers, (), lacking)


def _is_linked(world: World, act: str, kind: str, number: str, due: int) -> bool:
    """To this number, to any where it is "". A correction may come later than the first."""
    first = min((one.at for one in world.links.get(act, ()) if one.kind == kind), default=due + 1)
    return first <= due and any(not number or one.number == number for one in world.living(act, kind))


def _recordings(world: World) -> Iterator[Found]:
    """In no act at all."""
    for one in world.recordings.values():
        day = world.day_of_recording(one)
        since, until = world.true(one)
        if one.drill or one.aside or one.origin == IMPORT or until - since < world.limit("bare_s", day):
            continue
        is_over = world.calendar.deadline(day, world.limit("link_days", day)) <= world.as_of
        if is_over and one.recording not in world.spans_in:
            yield Found(one.recording, day, (one.officer,), ((since, until),), ("procedure",))


def _tasks(world: World, matches: Matches) -> Iterator[Found]:
    """Recorded beside what an act names of the same recording."""
    for task_id, recording in matches.bare.items():
        task = world.tasks[task_id]
        day = day_of(task.since)
        is_over = world.calendar.deadline(day, world.limit("link_days", day)) <= world.as_of
        if is_over and recording in world.spans_in and world.is_due(task):
            yield Found(task_id, day, task.officers, ((task.since, task.until),), (recording,))


RULE = Rule(
    "not-linked",
    1,
    BEGINNING,
    REMIND,
    "关联不及时：未在期限内关联环节、纳税人或文书。",
    "Not linked to procedure, taxpayer and document in time.",
    find,
)
