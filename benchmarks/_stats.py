"""The child of stats.py: `_stats.py HOME RECORDINGS` counts in the filled home, prints the figures."""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from _lists import Askers, Times, filled, say

YEARS = {"first": "2024-12-01", "last": "2026-11-30"}
MONTH = {"first": "2026-09-01", "last": "2026-09-30"}
ASKED = 5
"""Times each page; a page is as slow as their median."""


def issue() -> None:
    """A recorder for each officer: the rows of the million have none."""
    from zhilu.server.equipment.models import Issue, Recorder
    from zhilu.server.ledger.clock import midnight
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.organisation.models import Post

    posts = list(Post.objects.filter(since=date(2020, 1, 1)).order_by("id"))
    kids = list(
        Recorder.objects.filter(serial__startswith="XT-1").order_by("kid").values_list("kid", flat=True)
    )
    if Issue.objects.filter(entry=0).exists():
        return
    with applying():
        Issue.objects.bulk_create(
            Issue(
                id=post.id, recorder=kid, department=post.department, person=post.person, entry=0, by="julu",
                at=midnight(date(2024, 1, 1)),
            )
            for kid, post in zip(kids, posts, strict=False)
        )  # fmt: skip


def tallied() -> dict[str, float]:
    from zhilu.server.ledger.models import Entry
    from zhilu.server.statistics.models import Standing
    from zhilu.server.statistics.services import tallies

    tallies.forget()
    began = time.monotonic()
    tallies.refresh_all()
    whole = time.monotonic() - began
    # The small bureau's own entries once more: acts and recordings of a few days.
    newest = Entry.objects.order_by("-index").values_list("index", flat=True)[0]
    Standing.objects.update(size=newest - 20)
    began = time.monotonic()
    tallies.refresh_all()
    return {"stats_tally_s": whole, "stats_day_ms": (time.monotonic() - began) * 1000}


def measure(people: dict[str, str]) -> dict[str, float]:
    from zhilu.server.organisation.models import Department

    issue()
    found = tallied()
    department = Department.objects.get(name="第8税务分局").id
    asked: list[dict[str, Any]] = [
        MONTH, YEARS, MONTH | {"department": department}, YEARS | {"department": department},
        YEARS | {"class": "household"}, MONTH | {"cut": "day"},
    ]  # fmt: skip
    clients = Askers(people["viewer*"]).clients
    pages, rows = Times(), Times()
    for who in ("bureau", "department"):
        for query in asked:
            pages.ask(who, clients[who], "/statistics", query, ASKED)
            rows.ask(who, clients[who], "/statistics", query | {"from": "rows"}, ASKED)
    pages.told("from tallies")
    rows.told("from rows")
    found |= {"stats_tallied_ms": max(pages.of.values()), "stats_page_ms": max(rows.of.values())}
    say(f"{rows.most_queries} queries from rows")
    return found | {"stats_most_queries": pages.most_queries}


if __name__ == "__main__":
    told = filled(Path(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps(measure(told["people"])))
