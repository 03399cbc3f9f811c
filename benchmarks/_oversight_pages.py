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

from _lists import PUT_OFF, say
from _oversight_fill import OFFICERS, write

from zhilu.server.commands import boot

TIMES = 20


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
    """All are officers; one of a department is its head besides."""
    from zhilu.server.ledger.clock import now
    from zhilu.server.ledger.models.base import applying
    from zhilu.server.organisation.models import Person, Post, Role

    everybody = list(Person.objects.filter(number__startswith="1305").order_by("number")[:OFFICERS])
    with applying():
        Role.objects.bulk_create(
            Role(id=90_000_000 + n, person=one.id, role="officer", by="julu", at=now(), entry=0)
            for n, one in enumerate(everybody[1:])
        )
        head = everybody[0]
        place = Post.objects.filter(person=head.id).values_list("department", flat=True)[0]
        for n, role in enumerate(("unit-head", "supervisor")):
            Role.objects.create(
                id=91_000_000 + n, person=head.id, role=role, scope=[str(place)], by="julu", at=now(), entry=0
            )


def pages(people: dict[str, str]) -> Iterator[tuple[str, Any, str]]:
    """Who asks for what."""
    from django.urls import reverse

    from zhilu.server.organisation.models import Person, Post
    from zhilu.server.oversight.models import DueTask, Finding

    head, officer = Person.objects.get(number="1305000"), Person.objects.get(number="1305007")
    place = Post.objects.filter(person=head.id).values_list("department", flat=True)[0]
    task, finding = DueTask.objects.filter(number="RW00099000").get(), Finding.objects.order_by("-day")[3]
    watching = [
        reverse("today"), reverse("units"), reverse("unit", args=[place]), reverse("due-tasks"),
        f"{reverse('due-tasks')}?state=missing", f"{reverse('due-tasks')}?department={place}", reverse("due-task", args=[task.id]),
        reverse("findings"), f"{reverse('findings')}?department={place}&rule=missing", reverse("finding", args=[finding.id]),
        reverse("work-findings"), reverse("explanations"), reverse("sanctions"), reverse("footage-reviews"),
        reverse("footage-draws"), reverse("footage-figures"), reverse("outcomes"), f"{reverse('outcomes')}?first=2026-01-01",
        reverse("rollout"), reverse("statistics"), f"{reverse('statistics')}?first=2026-01-01", reverse("home"),
        reverse("assessment"), reverse("assessment-month", args=["2026-10"]),
    ]  # fmt: skip
    for path in watching:
        yield "bureau", people["supervisor*"], path
        yield "unit", head.id, path
    yield "unit", head.id, reverse("work-explanations")
    yield "leader", people["leader*"], reverse("home")
    yield "leader", people["leader*"], reverse("findings") + "?waiting=leader"
    mine = ["due", "questions", "reviewed", "sanctions"]
    for path in [
        reverse("home"),
        reverse("findings"),
        reverse("assessment-own"),
        *(f"{reverse('held')}?part={one}" for one in mine),
    ]:
        yield "officer", officer.id, path


def measure(people: dict[str, str]) -> dict[str, float]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from zhilu.server.organisation.models import User

    told: dict[str, tuple[float, int]] = {}
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
        times = []
        for _ in range(TIMES):
            began = time.perf_counter()
            clients[who].get(path)
            times.append((time.perf_counter() - began) * 1000)
        told[f"{who} {path}"] = (quantiles(times, n=20)[-1], count)
    for page, (ms, count) in sorted(told.items(), key=lambda one: -one[1][0]):
        say(f"  {ms:7.0f} ms {count:3} queries  {page}")
    return {
        "oversight_page_ms": max(ms for ms, _count in told.values()),
        "oversight_most_queries": max(count for _ms, count in told.values()),
    }


def main(home: Path) -> None:
    boot.start(home)
    said = home / "filled.json"
    if not said.exists():
        said.write_text(json.dumps(fill()))
    print(json.dumps(measure(json.loads(said.read_text()))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
