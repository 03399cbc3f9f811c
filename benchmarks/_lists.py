"""The child of lists.py: `_lists.py HOME RECORDINGS` fills the home, asks its pages, prints the figures."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

from zhilu.server.commands import boot

WORDS = (
    "税务检查", "核实", "定额", "纳税人", "稽查局", "账外", "签字确认", "欠税", "貔貅", "砗磲", "貔貅 欠税",
    "红星纺织", "红星 核实 定额", "询问笔录", "91130529MA0012345X", "91130529", "巨税稽罚", "罚2025",
    "城关镇人民路", "黄金大道777号", "不存在的词", "税人检查", "核实 签字 移交", "2025 08 17",
    "补缴税款并加收滞纳金", "确认税务",
)  # fmt: skip
DEEP = "1748736000000000_00000000-0000-4000-8000-000000000000"  # 2025-06-01
ASKED_BESIDES: tuple[dict[str, str], ...] = (
    {},
    {"first": "2026-08-01"},
    {"procedure": "C01"},
    {"older": DEEP},
)
LISTS = ("/recordings", "/acts", "/work/recordings", "/work/statements")
PUT_OFF = 'UPDATE "organisation_session"'


def fill(home: Path, recordings: int) -> dict[str, Any]:
    """The small bureau, the million, and who asks; persona → person."""
    from _million import Million
    from django.conf import settings

    from support import bureau
    from support.county_world import CountyWorld
    from support.recordings import fixed_key
    from zhilu.pki.certificates import key_pem

    million = Million(recordings)
    settings.ZHILU.text_key.write_bytes(key_pem(fixed_key("text")))
    world = CountyWorld(settings.ZHILU)
    world.found()
    world.publish()
    world.store()
    grown = bureau.grow(world)
    world.publish()
    began = time.monotonic()
    million.load(lambda part: say(f"{time.monotonic() - began:7.1f} s  {part}"))
    return {"people": grown.people, "recording": str(grown.things["own"]["recording"])}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Askers:
    """Signed in: of the whole bureau, of one department, one officer; none of them of the small bureau."""

    def __init__(self, whole: str) -> None:
        from django.test import Client

        from zhilu.server.ledger.models.base import applying
        from zhilu.server.organisation.models import Department, Person, Role, User

        busy = Department.objects.get(name="第8税务分局")
        officer = Person.objects.get(number="1305007")
        head = Person.objects.get(number="1305008")
        with applying():
            for n, role in enumerate(("viewer", "unit-head")):
                Role.objects.get_or_create(
                    id=90_000_000 + n,
                    defaults={
                        "person": head.id, "role": role, "scope": [str(busy.id)], "by": "julu",
                        "at": datetime.fromisoformat("2026-01-01T00:00:00Z"), "entry": 0,
                    },
                )  # fmt: skip
            Role.objects.filter(person=head.id, role="officer").delete()
        self.clients = {}
        for name, person in (("bureau", whole), ("department", head.id), ("officer", officer.id)):
            user, _made = User.objects.get_or_create(person=person, defaults={"username": f"bench-{name}"})
            self.clients[name] = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="zh-hans")
            self.clients[name].force_login(user, "zhilu.server.organisation.services.accounts.LockoutBackend")


def asked(client: Any, path: str) -> Iterator[dict[str, str]]:
    """Nothing; each filter of the page with some of its choices; a page deep inside."""
    answer = client.get(path)
    if answer.status_code != 200:
        return
    yield {}
    yield {"older": DEEP}
    for field in (*answer.context["main_fields"], *answer.context["more_fields"]):
        for value in choices(field):
            yield {field.filter.code: value}
            if field.filter.kind == "choice":
                yield {
                    field.filter.code: value,
                    "older": DEEP,
                }


def choices(field: Any) -> list[str]:
    options = [code for code, _text in field.options if code]
    if field.filter.kind == "choice":
        return list(dict.fromkeys([options[0], options[len(options) // 2], options[-1]])) if options else []
    return {
        "day": ["2025-03-01", "2026-09-01"],
        "number": ["0", "45", "99999"],
        "text": ["核实", "貔貅", "红星纺织"],
    }[field.filter.kind]


class Times:
    def __init__(self) -> None:
        self.of: dict[str, float] = {}
        self.most_queries = 0

    def ask(self, who: str, client: Any, path: str, query: dict[str, str], times: int = 1) -> Any:
        """Once to warm up and to count queries, then timed: the median of so many."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as told:
            answer = client.get(path, query)
        if answer.status_code != 200:
            say(f"{answer.status_code} {who} {path}?{urlencode(query)}")
            return answer
        words = ("SELECT", "INSERT", "UPDATE", "EXPLAIN")
        # Once a minute a request also puts off the end of its session.
        count = sum(one["sql"].startswith(words) for one in told) - any(PUT_OFF in one["sql"] for one in told)
        if count > self.most_queries:
            self.most_queries = count
            say(f"{count} queries {who} {path}?{urlencode(query)}")
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            client.get(path, query)
            taken.append(time.perf_counter() - began)
        self.of[f"{who} {path}?{urlencode(query)}"] = median(taken) * 1000
        return answer

    def told(self, name: str) -> tuple[float, float]:
        """Median and 95th percentile; the slowest are said."""
        values = sorted(self.of.values())
        say(f"{name}: {len(values)} pages, median {median(values):.0f} ms, slowest:")
        for page, ms in sorted(self.of.items(), key=lambda one: -one[1])[:15]:
            say(f"  {ms:7.0f} ms  {page}")
        return median(values), quantiles(values, n=20)[-1]


def measure(people: dict[str, str], one: str) -> dict[str, float]:
    from django.test.utils import setup_test_environment

    setup_test_environment()  # an answer tells what its page was drawn from
    askers = Askers(people["viewer*"])
    pages, searches, details = Times(), Times(), Times()
    for who, client in askers.clients.items():
        for path in LISTS:
            for query in asked(client, path):
                pages.ask(who, client, path, query)
        for words in WORDS:
            for more in ASKED_BESIDES:
                searches.ask(who, client, "/search", {"words": words} | more)
    # Rows that were loaded past the ledger have no entries that their pages could show.
    for who, client in askers.clients.items():
        if client.get(f"/recordings/{one}").status_code == 200:
            details.ask(who, client, f"/recordings/{one}", {})
    list_ms, list_p95 = pages.told("lists")
    search_ms, search_p95 = searches.told("searches")
    return {
        "list_ms": list_ms,
        "list_p95_ms": list_p95,
        "search_ms": search_ms,
        "search_p95_ms": search_p95,
        "detail_ms": max(details.of.values()),
        "lists_most_queries": max(one.most_queries for one in (pages, searches, details)),
    }


def filled(home: Path, recordings: int) -> dict[str, Any]:
    """What `fill` said, now or at a run before."""
    boot.start(home)
    said = home / "filled.json"
    if not said.exists():
        said.write_text(json.dumps(fill(home, recordings)))
    told: dict[str, Any] = json.loads(said.read_text())
    return told


def main(home: Path, recordings: int) -> None:
    told = filled(home, recordings)
    print(json.dumps(measure(told["people"], told["recording"])))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
