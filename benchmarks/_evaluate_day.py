"""The child of evaluate_day.py: `_evaluate_day.py HOME RECORDINGS` fills the home PAST ITS LEDGER, judges."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path

import match
from _lists import say

from zhilu.server.commands import boot

DAYS = 30


def main(home: Path) -> None:
    boot.start(home)
    from django.conf import settings
    from django.db import connection

    from support import oversight_tables
    from support.oversight_tables import Tables, told
    from zhilu.server.ledger.clock import unix_s
    from zhilu.server.oversight.models import DueTask, Finding, Match
    from zhilu.server.oversight.services import evaluating, judging

    if not DueTask.objects.exists():
        began = time.monotonic()
        share = float(os.environ.get("ZHILU_EVALUATE_SHARE", "1"))
        match.DAYS, match.TASKS, match.RECORDINGS = DAYS, int(100_000 * share), int(142_000 * share)
        oversight_tables.BUREAU = settings.ZHILU.bureau
        Tables(told(match.a_half_year())).lay_down()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE", [])
        say(f"filled in {time.monotonic() - began:.0f} s")
    as_of = unix_s()
    times = []
    for day in (match.FIRST + timedelta(days=one) for one in (4, 14, 24)):
        began = time.monotonic()
        judged = judging.of_days(day, day, as_of)
        times.append(time.monotonic() - began)
        say(f"{day}: {len(judged.matches)} tasks, {len(judged.findings)} findings, {times[-1]:.1f} s")
    task = DueTask.objects.order_by("since", "id")[DueTask.objects.count() // 2]
    began = time.monotonic()
    evaluating.explain(task.id)
    task_s = time.monotonic() - began
    began = time.monotonic()
    made = evaluating.refresh(settings.ZHILU.bureau)
    month = time.monotonic() - began
    say(f"{made} entries, {Finding.objects.count()} findings, {Match.objects.count()} matches, {month:.0f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {
        "evaluate_day_s": max(times), "evaluate_month_s": month, "evaluate_rss_mb": peak,
        "evaluate_task_ms": task_s * 1000,
    }  # fmt: skip
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
