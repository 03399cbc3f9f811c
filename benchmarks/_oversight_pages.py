# ruff: noqa: E501 - lists of addresses
"""The child of oversight_pages.py: `_oversight_pages.py HOME _` fills the home PAST ITS LEDGER, asks the pages
of oversight, prints the figures.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import UUID

from _lists import PUT_OFF, say
from _oversight_fill import OFFICERS, write
from django.urls import reverse

from zhilu.server.commands import boot

TIMES = 12
"""Of each page: the 95th percentile is its slowest but one, or nearly."""


def fill() -> dict[str, str]:
    """The small bureau, what fills it, and who asks."""
    from django.conf import settings

    from support import bureau
    from support.county_world import CountyWorld
    from support.recordings import fixed_key
    from zhilu.pki.certificates import key_pem
    from zhilu.server.statistics.services import tallies

    settings.ZHILU.text_key.write_bytes(key_pem(fixed_key("text")))
    world = CountyWorld(settings.ZHILU)
    world.found()
    world.publish()
    world.store()
    grown = bureau.grow(world)
    world.publish()
    write(say)
    roles()
    began = time.monotonic()
    tallies.refresh_all()
    say(f"{time.monotonic() - began:7.1f} s  tallies")
    people: dict[str, str] = grown.people
    return people


def roles() -> None:
    """All are officers; one is the head of one half of the bureau besides."""
    from zhilu.server.ledger.clock import now
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.organisation.models import Person, Role

    everybody = list(Person.objects.filter(number__startswith="1305").order_by("number")[:OFFICERS])
    with applying():
        Role.objects.bulk_create(
            Role(id=90_000_000 + n, person=one.id, role="officer", by="julu", at=now(), entry=0)
            for n, one in enumerate(everybody[1:])
        )
        head = everybody[0]
        place = above(head.id)
        for n, role in enumerate(("unit-head", "supervisor")):
            Role.objects.create(
                id=91_000_000 + n, person=head.id, role=role, scope=[str(place)], by="julu", at=now(), entry=0
            )


def above(person: UUID) -> UUID:
    """The department above his own: half of the bureau lies in it."""
    from zhilu.server.organisation.models import Department, Post

    own = Post.objects.filter(person=person).values("department")
    found = Department.objects.filter(id__in=own).values_list("parent", flat=True)[0]
    assert found is not None
    return found


def pages(people: dict[str, str]) -> Iterator[tuple[str, Any, str]]:
    """Who asks for what."""
    from zhilu.server.organisation.models import Person

    head, officer = Person.objects.get(number="1305000"), Person.objects.get(number="1305008")
    for path in [*watched(above(head.id)), *single(), *assessed(officer.id)]:
        yield "bureau", people["supervisor*"], path
        yield "unit", head.id, path
    for path in [
        reverse("home"),
        f"{reverse('findings')}?waiting=leader",
        f"{reverse('findings')}?waiting=me",
    ]:
        yield "leader", people["leader*"], path
    mine = ["due", "questions", "reviewed", "sanctions"]
    for path in [
        *map(
            reverse, ("home", "messages", "findings", "due-tasks", "footage-reviews-mine", "assessment-own")
        ),
        *(f"{reverse('held')}?part={one}" for one in mine),
    ]:
        yield "officer", officer.id, path


def watched(place: UUID) -> list[str]:
    """Lists and figures."""
    return [
        *map(reverse, (
            "today", "units", "due-tasks", "task-files", "findings", "work-findings", "explanations", "work-explanations",
            "sanctions", "footage-reviews", "footage-draws", "footage-draw-new", "footage-figures", "outcomes", "rollout",
            "statistics", "home", "messages", "oversight-rules",
        )),
        reverse("unit", args=[place]),
        *(f"{reverse('due-tasks')}?{asked}" for asked in ("state=missing", "state=unmatched", "class=confirm", "counts=due", f"department={place}")),
        *(f"{reverse('findings')}?{asked}" for asked in ("waiting=me", "waiting=supervisor", f"department={place}&rule=missing")),
        f"{reverse('outcomes')}?first=2026-01-01",
        f"{reverse('statistics')}?first=2026-01-01",
    ]  # fmt: skip


def single() -> list[str]:
    """One of each."""
    from zhilu.server.organisation.models import Department, Person
    from zhilu.server.oversight.models import Draw, Drawn, DueTask, Explanation, Finding, Sanction

    place = above(Person.objects.get(number="1305000").id)
    below = Department.objects.filter(parent=place).values("id")
    task, finding = (
        DueTask.objects.filter(department__in=below).order_by("-number")[30],
        Finding.objects.filter(department__in=below).order_by("-day", "-id")[30],
    )
    drawn = Drawn.objects.filter(state="open", department__in=below).order_by("place")[0]
    waiting = Explanation.objects.filter(decision="", department__in=below).order_by("id")[10]
    sanction = Sanction.objects.filter(department__in=below).order_by("id")[10]
    draw = Draw.objects.order_by("-size")[0]
    return [
        reverse("due-task", args=[task.id]), reverse("due-task-correct", args=[task.id]), reverse("finding", args=[finding.id]),
        reverse("explanation", args=[waiting.id]), reverse("sanction", args=[sanction.id]),
        reverse("footage-draw", args=[draw.id]), reverse("footage-review", args=[drawn.recording, drawn.draw_id]),
    ]  # fmt: skip


def assessed(officer: UUID) -> list[str]:
    """What was published, what would be, and of one person."""
    from zhilu.server.assessment.models import Publication
    from zhilu.server.ledger.clock import today

    published = Publication.objects.get().month
    months = [published.strftime("%Y-%m"), today().strftime("%Y-%m")]
    found = [reverse("assessment"), *(reverse("assessment-month", args=[one]) for one in months)]
    return found + [reverse("assessment-person", args=[one, officer]) for one in months]


def measure(people: dict[str, str]) -> dict[str, float]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from zhilu.server.organisation.models import User

    told: dict[str, tuple[float, int, float]] = {}
    clients: dict[str, Client] = {}
    for who, person, path in pages(people):
        if who not in clients:
            user, _made = User.objects.get_or_create(person=person, defaults={"username": f"bench-{who}"})
            clients[who] = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="zh-hans")
            clients[who].force_login(user, "zhilu.server.organisation.services.accounts.LockoutBackend")
        with CaptureQueriesContext(connection) as asked:
            status = clients[who].get(path).status_code
        if status != 200:
            say(f"{status} {who} {path}")
            continue
        count = sum(one["sql"].startswith(("SELECT", "INSERT", "UPDATE")) for one in asked)
        count -= any(PUT_OFF in one["sql"] for one in asked)
        times, cpu = [], time.process_time()
        for _ in range(TIMES):
            began = time.perf_counter()
            clients[who].get(path)
            times.append((time.perf_counter() - began) * 1000)
        used = (time.process_time() - cpu) * 1000 / TIMES
        told[f"{who} {path}"] = (quantiles(times, n=20, method="inclusive")[-1], count, used)
    for page, (ms, count, used) in sorted(told.items(), key=lambda one: -one[1][0]):
        say(f"  {ms:7.0f} ms {used:7.0f} ms of the processor {count:3} queries  {page}")
    return {
        "oversight_page_ms": max(ms for ms, _count, _used in told.values()),
        "oversight_cpu_ms": max(used for _ms, _count, used in told.values()),
        "oversight_most_queries": max(count for _ms, count, _used in told.values()),
    }


def main(home: Path) -> None:
    boot.start(home)
    said = home / "filled.json"
    if not said.exists():
        said.write_text(json.dumps(fill()))
    print(json.dumps(measure(json.loads(said.read_text()))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
