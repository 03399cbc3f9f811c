"""The child of evaluate_day.py: `_evaluate_day.py HOME RECORDINGS` fills the home PAST ITS LEDGER, judges. A
third word: it fills only, in a process of its own, whose memory is not counted.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import match
from _lists import say

from zhilu.server.commands import boot

DAYS = 30


def main(home: Path) -> None:
    boot.start(home)
    from django.conf import settings

    from zhilu.server.ledger.clock import day_of
    from zhilu.server.oversight.models import DueTask, Finding, Match
    from zhilu.server.oversight.services import evaluating

    if not DueTask.objects.exists():
        subprocess.run([sys.executable, __file__, str(home), "-", "fill"], check=True)
    bureau = settings.ZHILU.bureau
    task = DueTask.objects.order_by("since", "id")[DueTask.objects.count() // 2]
    day_s = one_day(bureau, day_of(task.since))
    evaluating.forget()
    began = time.monotonic()
    made = evaluating.refresh(bureau)
    month = time.monotonic() - began
    say(f"{made} entries, {Finding.objects.count()} findings, {Match.objects.count()} matches, {month:.0f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"evaluate_day_s": day_s, "evaluate_month_s": month, "evaluate_rss_mb": peak}))


def one_day(bureau: str, day: date) -> float:
    """As the worker does it where an entry has touched this day: judged, its findings in the ledger, its
    matches kept.
    """
    from zhilu.server.federation.services import ledgers
    from zhilu.server.ledger.clock import unix_s
    from zhilu.server.oversight.findings.every import RULES
    from zhilu.server.oversight.models import Evaluated, Match, Pending
    from zhilu.server.oversight.services import evaluating

    with ledgers.of(bureau):
        size = ledgers.applied(bureau)
    Evaluated.objects.update_or_create(
        bureau=bureau,
        defaults={"size": size, "as_of": unix_s(), "rules": evaluating.versions_of(RULES)},
    )
    Pending.objects.all().delete()
    Pending.objects.create(bureau=bureau, day=day)
    began, usage = time.monotonic(), time.process_time()
    made, _matches = evaluating._judge(bureau, [day], RULES, set())
    took = time.monotonic() - began
    there = Match.objects.filter(day=day).count()
    say(f"{day}: {there} tasks, {made} entries, {took:.1f} s, {time.process_time() - usage:.1f} s here")
    assert there > 0
    return took


def fill(home: Path) -> None:
    boot.start(home)
    from django.conf import settings
    from django.db import connection

    from support import oversight_tables
    from support.oversight_tables import Tables, told

    began, match.DAYS = time.monotonic(), DAYS
    oversight_tables.BUREAU = settings.ZHILU.bureau
    Tables(told(match.a_half_year())).lay_down()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE", [])
    say(f"filled in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1])) if len(sys.argv) < 4 else fill(Path(sys.argv[1]))
