"""Evidence that is kept like anything else."""

from __future__ import annotations

from collections.abc import Iterator

from zhilu.server.oversight.findings.days import day_of
from zhilu.server.oversight.findings.rule import BEGINNING, SERIOUS, Found, Rule
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches

EVIDENCE = ("off-book-found", "disturbance-handled")
"""Outcomes that make a recording evidence."""


def find(world: World, _: Matches) -> Iterator[Found]:
    seen: set[str] = set()
    for act in world.real_acts:
        since = _evidence_since(world, act.act)
        if since is None:
            continue
        day = day_of(since)
        if world.calendar.deadline(day, world.limit("keep_days", day)) > world.as_of:
            continue
        for one in world.recordings_of(act.act):
            if one.keep.startswith(("days-", "years-")) and one.recording not in seen:
                seen.add(one.recording)
                yield Found(
                    one.recording, world.day_of_recording(one), (one.officer,), (), (act.act, one.keep)
                )


def _evidence_since(world: World, act: str) -> int | None:
    since = [one.at for one in world.living(act, "case")]
    for one in world.outcomes.get(act, ()):
        if one.kind in EVIDENCE and one.at <= world.as_of and (one.ended is None or one.ended > world.as_of):
            since.append(one.at)
    return min(since, default=None)


RULE = Rule(
    "retention-not-lengthened",
    1,
    BEGINNING,
    SERIOUS,
    "保存期限未延长：录制已作为证据使用，保存期限仍按天数或年数计。",
    "Evidence, and still kept for days or years only.",
    find,
)
