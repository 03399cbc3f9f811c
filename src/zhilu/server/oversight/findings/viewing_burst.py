"""Many recordings released to one person within a short time."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from datetime import date

from zhilu.server.oversight.findings.days import day_of
from zhilu.server.oversight.findings.rule import BEGINNING, REFER, Found, Rule
from zhilu.server.oversight.findings.world import World
from zhilu.server.oversight.matching import Matches


def find(world: World, _: Matches) -> Iterator[Found]:
    viewers: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for one in world.facts.releases:
        viewers[one.viewer].append((one.at, one.recording))
    for viewer in sorted(viewers):
        for day, since, until, count in _bursts(world, sorted(viewers[viewer])):
            yield Found(f"{viewer}/{day}", day, (viewer,), ((since, until),), (str(count),))


def _bursts(world: World, releases: list[tuple[int, str]]) -> Iterator[tuple[date, int, int, int]]:
    """The first of each day: on which day, from when to when, how many different recordings."""
    recent: deque[tuple[int, str]] = deque()
    count: Counter[str] = Counter()
    told = set()
    for at, recording in releases:
        day = day_of(at)
        recent.append((at, recording))
        count[recording] += 1
        while at - recent[0][0] > world.limit("burst_s", day):
            gone = recent.popleft()[1]
            count[gone] -= 1
            if not count[gone]:
                del count[gone]
        if len(count) > world.limit("burst_count", day) and day not in told:
            told.add(day)
            yield day, recent[0][0], at, len(count)


RULE = Rule(
    "viewing-burst",
    1,
    BEGINNING,
    REFER,
    "密集调阅：同一人短时间内调阅的录制过多，须查明。",
    "One person was released more recordings within a short time than work explains.",
    find,
)
