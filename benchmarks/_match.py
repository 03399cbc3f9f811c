"""The child of match.py: `_match.py HOME RECORDINGS` lays recordings and acts of a half year down PAST THE
LEDGER, lets a file of due tasks in by the road that a supervisor's file takes, and matches week by week, as
the worker does. A third word: it fills only, in a process of its own, whose memory is not counted.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import match
from _lists import say

from zhilu.server.commands import boot

HEADER = "任务编号,环节代码,执法人员工号,计划开始时间,计划结束时间,纳税人识别号,文书号,地点"
WEEK = timedelta(days=7)


def main(home: Path) -> None:
    file = home.parent / "tasks.csv"
    if not file.exists():
        subprocess.run([sys.executable, __file__, str(home), str(file), "fill"], check=True)
    boot.start(home)
    from support.oversight_tables import named

    with timed_lock() as held:
        imported = bring(UUID(named("supervisor")), file.read_bytes())
    say(f"imported in {imported:.1f} s, the ledger's lock was held for {held[0]:.1f} s")
    began = time.monotonic()
    found = matched()
    took = time.monotonic() - began
    say(f"{found} of {match.TASKS} tasks have an act, {took:.1f} s")
    assert found >= 0.98 * match.TASKS, found
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {
        "match_100k_s": imported + took, "import_100k_s": imported, "import_lock_s": held[0],
        "match_tables_s": took, "match_tables_rss_mb": peak,
    }  # fmt: skip
    print(json.dumps(figures))


def fill(home: Path, file: Path) -> None:
    """Everything but the tasks; they become a file, in GBK."""
    boot.start(home)
    from django.db import connection

    from support.oversight_tables import Tables, at, named, told
    from zhilu.server.ledger.clock import in_beijing
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.organisation.models import Person, Role
    from zhilu.server.oversight.findings import facts
    from zhilu.server.oversight.findings.days import midnight

    began, them = time.monotonic(), match.a_half_year()
    places = {one.department for one in them.posts}
    departments = tuple(facts.Department(one, "") for one in sorted(places))
    Tables(told(replace(them, tasks=(), departments=departments))).lay_down()
    words = [one.person for one in them.posts]
    with applying():
        Person.objects.bulk_create(Person(id=named(one), number=one, name=one, entry=0) for one in words)
        Role.objects.create(
            id=1, person=named("supervisor"), role="supervisor", scope=None, by="julu", entry=0,
            at=at(midnight(match.FIRST)),
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE", [])
    say(f"filled in {time.monotonic() - began:.0f} s")

    def when(seconds: int) -> str:
        return f"{in_beijing(at(seconds)):%Y-%m-%d %H:%M}"

    lines = (
        f"{one.task},{one.procedure},{'、'.join(one.officers)},{when(one.since)},{when(one.until)},"
        f"{one.taxpayer},{one.document},{one.place}"
        for one in them.tasks
    )
    file.write_bytes("\r\n".join([HEADER, *lines]).encode("gbk"))


def bring(who: UUID, data: bytes) -> float:
    """Seconds from the file's last byte to its last task: checked, agreed to at once, entered."""
    from zhilu.server.oversight.models import DueTask, TaskFile
    from zhilu.server.pages.services import task_files

    began = time.monotonic()
    file = task_files.take(who, data, "tasks.csv")
    task_files.work_once()
    checked = TaskFile.objects.get(id=file)
    say(f"checked in {time.monotonic() - began:.1f} s: {checked.state} {checked.new} {checked.refused}")
    task_files.agree(file, who, checked.plan)
    task_files.work_once()
    took = time.monotonic() - began
    assert TaskFile.objects.get(id=file).state == "entered" and DueTask.objects.count() == match.TASKS
    return took


@contextmanager
def timed_lock() -> Iterator[list[float]]:
    """The longest time for which the ledger's lock was held, end of the transaction included."""
    from zhilu.server.ledger import lock

    longest, real = [0.0], lock.held

    @contextmanager
    def held() -> Iterator[None]:
        began = 0.0
        with real():
            began = time.monotonic()
            yield
        longest[0] = max(longest[0], time.monotonic() - began)

    lock.held = held
    try:
        yield longest
    finally:
        lock.held = real


def matched() -> int:
    """How many tasks have an act."""
    from zhilu.server.oversight.services import standing

    found, first, last = 0, match.FIRST, match.FIRST + timedelta(days=match.DAYS)
    as_of = standing.newest()
    while first <= last:
        weekend = min(first + WEEK - timedelta(days=1), last)
        found += sum(one.act is not None for one in standing.of_days(first, weekend, as_of))
        first += WEEK
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1])) if len(sys.argv) < 4 else fill(Path(sys.argv[1]), Path(sys.argv[2]))
