"""Due tasks of which nothing counts as recorded: what `missing` and `drill-over-task` have in common."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.days import day_of
from zhilu.server.oversight.findings.facts import Task
from zhilu.server.oversight.findings.stretches import within
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def unrecorded(world: World, matches: Matches) -> Iterator[Task]:
    """Nothing of them is recorded, the time to collect it is over, and nobody approved why."""
    for task in world.tasks.values():
        acts = matches.acts.get(task.task, [])
        if task.task in matches.bare or any(world.cover(act) for act in acts):
            continue
        hours = world.limit("upload_h", day_of(task.since))
        is_over = world.calendar.after_hours(task.until, hours) <= world.as_of
        if (
            is_over
            and world.is_due(task)
            and not world.excused("not-recorded", task.officers, task.task, *acts)
        ):
            yield task


def drills(world: World, matches: Matches, task: Task) -> list[str]:
    """Drills in its place: of its act, or of its officers within the plan."""
    least = world.limit("bare_s", day_of(task.since))
    found = {
        span.recording
        for act in matches.acts.get(task.task, ())
        if world.is_drill(act)
        for span in world.spans[act]
    }
    for officer in task.officers:
        for one in world.recorded(officer, task.since, task.until, drill=True):
            if any(end - begin >= least for begin, end in within([world.true(one)], task.since, task.until)):
                found.add(one.recording)
    return sorted(found)
