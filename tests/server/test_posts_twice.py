"""One person with open posts in two ledgers: the city is told, and says so until one is left."""

from __future__ import annotations

import pytest

from support.city_world import BUREAU as CITY
from support.city_world import CityWorld
from support.neighbour import Ledger, named
from support.organisation import client_of
from support.recordings import fixed_id
from zhilu.server.federation.models import Joined
from zhilu.server.federation.services import rounds
from zhilu.server.ledger.services.commit import Proposal, commit_all
from zhilu.server.organisation.events import PersonAdded, RoleGranted

PERSON, READER = str(fixed_id("who moves")), str(fixed_id("reader"))


@pytest.fixture
def counties(city: CityWorld) -> list[Ledger]:
    found = [Ledger("julu"), Ledger("qinghe")]
    for ledger in found:
        department = named(0) | {"bureau": ledger.bureau, "department": str(fixed_id(ledger.bureau))}
        ledger.add("department-set/1", department)
        ledger.add("person-added/1", {"person": PERSON}, {"name": "钱多", "number": "1"}, subject=PERSON)
        city.join(ledger)
        follow(ledger)
    added = [
        Proposal(PersonAdded(one), CITY, {"name": "钱多", "number": one[-6:]}) for one in (PERSON, READER)
    ]
    commit_all([*added, Proposal(RoleGranted(READER, "audit-administrator", None), CITY)])
    return found


def follow(ledger: Ledger) -> None:
    ledger.publish()
    rounds.once(Joined.objects.get(bureau=ledger.bureau), ledger)


def take(ledger: Ledger, name: str, since: str) -> str:
    post = str(fixed_id(f"{ledger.bureau} {name}"))
    core = {"post": post, "person": PERSON, "department": str(fixed_id(ledger.bureau))}
    ledger.add("post-taken/1", core | {"rank": "officer", "since": since}, subject=PERSON)
    follow(ledger)
    return post


def test_two_open_posts_are_shown_until_one_is_left(city: CityWorld, counties: list[Ledger]) -> None:
    first, second = counties
    reader = client_of(READER)

    def shown() -> list[tuple[str, list[tuple[str, str]]]]:
        found = reader.get("/federation").context["twice"]
        return [(name, [(bureau, str(since)) for bureau, since in posts]) for name, posts in found]

    left = take(first, "one", "2026-01-05")
    assert (shown(), city.alarms()) == ([], [])
    take(second, "other", "2026-03-02")
    assert shown() == [("钱多", [("julu", "2026-01-05"), ("qinghe", "2026-03-02")])]
    assert city.alarms() == [("neighbour-posts", "qinghe")]
    assert "同时" in reader.get("/federation").content.decode()
    follow(second)
    first.add("post-left/1", {"post": left, "until": "2026-03-02", "reason": "transfer"}, subject=left)
    follow(first)
    assert (shown(), city.alarms()) == ([], [("neighbour-posts", "qinghe")]), "and nobody is alarmed again"
