"""100,000 tasks of a half year and 99,000 acts in 142,000 recordings.

On a real PostgreSQL, from a file to matches: `match_100k_s` ≤ 120, imported and matched. `import_100k_s`:
checked, agreed to at once and entered, by the road of a supervisor's file. `import_lock_s`: for how long
others had to wait for the ledger. `match_tables_s`: matched week by week from the tables.

Of facts in memory: `match_pure_s`, matched, with all findings judged; `match_100k_matching_s`, the matching
of it alone; `match_rss_mb`, what the process held at most. ZHILU_EVALUATE_SHARE makes it smaller.
"""

import os
import resource
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

from lists import run as on_a_home

from zhilu.server.oversight.findings import facts
from zhilu.server.oversight.findings.days import midnight
from zhilu.server.oversight.findings.every import evaluate
from zhilu.server.oversight.findings.world import ELEMENTS, World
from zhilu.server.oversight.matching import match

SHARE = float(os.environ.get("ZHILU_EVALUATE_SHARE", "1"))
TASKS, RECORDINGS, OFFICERS, DAYS = int(100_000 * SHARE), int(142_000 * SHARE), 486, 181
FIRST = date(2026, 1, 1)
HOUR, DAY = 3600, 86_400


def run() -> dict[str, float]:
    them = a_half_year()
    begun = time.monotonic()
    world = World(them)
    matches = match(world)
    matched = time.monotonic() - begun
    evaluate(world, matches)
    took = time.monotonic() - begun
    assert len(matches.acts) >= 0.99 * TASKS
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"match_pure_s": took, "match_100k_matching_s": matched, "match_rss_mb": peak}
    return figures | on_a_home(Path(__file__).parent / "_match.py")


def a_half_year() -> facts.Facts:
    """Each officer visits about once a day, a taxpayer is visited five times, one act in a hundred is not."""
    tasks, acts, spans, recordings, links, statements = [], [], [], [], [], []
    begin = midnight(FIRST)
    for at in range(RECORDINGS):
        officer = f"o{at % OFFICERS}"
        turn = at // OFFICERS
        since = begin + turn * DAYS * DAY // (RECORDINGS // OFFICERS + 1) // HOUR * HOUR
        opened = since + at % 900
        running = opened, opened + 1800, 0, since + 8 * HOUR
        is_aside = at >= TASKS
        recordings.append(
            facts.Recording(
                f"r{at}", f"k{officer}", officer, "camera", False, is_aside, *running, "key", "days-180"
            )
        )
        if at >= TASKS:
            continue
        taxpayer, document = f"T{at // 5}", f"D{at}" if at % 3 else ""
        officers = (officer, f"o{(at + 1) % OFFICERS}")
        place = f"健康路 {at // 5} 号"
        tasks.append(
            facts.Task(f"task{at}", 1, "V01", taxpayer, document, officers, since, since + HOUR, place, False)
        )
        if at % 100 == 99:
            continue
        acts.append(facts.Act(f"a{at}", "V01", officers, place, opened, opened + 1800, since + 3 * HOUR))
        spans.append(facts.Span(f"a{at}", f"r{at}", 0, 1800))
        statements.append(facts.Statement(f"a{at}", 1, ELEMENTS))
        link = facts.Link(f"a{at}", "taxpayer", taxpayer, since + 3 * HOUR, None)
        links += [link, *([replace(link, kind="document", number=document)] if document else [])]
    return facts.Facts(
        first=FIRST,
        last=date(2026, 6, 30),
        as_of=midnight(date(2026, 8, 1)),
        tasks=tuple(tasks),
        acts=tuple(acts),
        spans=tuple(spans),
        recordings=tuple(recordings),
        links=tuple(links),
        statements=tuple(statements),
        posts=tuple(facts.Post(f"o{at}", f"d{at % 20}", date(2025, 1, 1), None) for at in range(OFFICERS)),
        catalogue=(facts.Listed(1, date(2025, 1, 1), "V01", "priority", 2, 0),),
        rollout=(facts.Rollout("", "priority", date(2025, 1, 1), None),),
    )
