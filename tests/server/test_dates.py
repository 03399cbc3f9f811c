"""Entries that are dated back: what a cosigned tree did not have then was not there, whatever it says."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from support.city_world import BUREAU as CITY
from support.city_world import CityWorld
from support.county_world import BUREAU, CountyWorld
from support.neighbour import Ledger, fill, named
from zhilu.server.federation.models import Given, Joined, Watch
from zhilu.server.federation.services import dates, rounds
from zhilu.server.ledger.clock import now, set_to
from zhilu.server.ledger.models import Checkpoint
from zhilu.server.ledger.services import dating
from zhilu.server.ledger.services.commit import Proposal, commit_all
from zhilu.server.organisation.events import PersonAdded, RoleGranted
from zhilu.server.organisation.models import User

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SOMEBODY = str(uuid.UUID(int=7))


@pytest.fixture
def julu(city: CityWorld) -> Ledger:
    ledger = Ledger()
    fill(ledger, 3)
    ledger.publish()
    city.join(ledger)
    follow(ledger)
    return ledger


def follow(ledger: Ledger) -> Watch:
    rounds.once(Joined.objects.get(bureau=ledger.bureau), ledger)
    return Watch.objects.get(bureau=ledger.bureau)


def add(ledger: Ledger, *back: timedelta) -> None:
    """An entry for each, that much dated back."""
    for one in back:
        core = named(ledger.size) | {"bureau": ledger.bureau}
        ledger.add("department-set/1", core, at=now() - one, subject=core["department"])
    ledger.publish()


def said(bureau: str = "julu") -> list[tuple[str, str]]:
    """By the audit of the mirror."""
    return [(one.place, one.code) for one in dates.findings(bureau)]


def reader() -> Client:
    client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="en")
    added = Proposal(PersonAdded(SOMEBODY), CITY, {"name": "市局某", "number": "7"})
    commit_all([added, Proposal(RoleGranted(SOMEBODY, "viewer", None), CITY)])
    user = User.objects.create(username="u7", person=SOMEBODY)
    client.force_login(user, "zhilu.server.organisation.services.accounts.LockoutBackend")
    return client


@pytest.mark.db
def test_a_city_sees_it_says_it_and_goes_on(city: CityWorld, julu: Ledger) -> None:
    add(julu, 9 * MINUTE)
    assert (follow(julu).back, city.alarms()) == (0, []), "so much may lie between a tree and its cosignature"
    add(julu, HOUR, timedelta(), 2 * HOUR, 3 * HOUR)
    watch = follow(julu)
    assert (watch.state, watch.applied, watch.back) == ("following", 8, 3)
    assert city.alarms() == [("neighbour-dates", "julu")]
    assert said() == [("entry 4", "dated back"), ("entries 6 to 7", "dated back")]
    add(julu, timedelta())
    assert (follow(julu).back, len(city.alarms())) == (3, 1)
    page = reader().get("/statistics")
    assert page.context["page"].dated_back == ["julu"]
    assert "provably dated back" in page.content.decode()


def test_a_keyholder_that_helps_is_believed_no_more_than_the_citys_own_clock(
    city: CityWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cosigns with the time that the entries say."""
    ledger, before = Ledger("qinghe"), (now() - 5 * HOUR).timestamp()
    monkeypatch.setattr("support.neighbour.time.time", lambda: before)
    add(ledger, 6 * HOUR)
    city.join(ledger)
    assert follow(ledger).back == 0
    add(ledger, 5 * HOUR, 4 * HOUR)
    assert follow(ledger).back == 2
    assert said("qinghe") == [("entries 1 to 2", "dated back")]
    Given.objects.all().delete()
    assert said("qinghe") == [], "by what its keyholder says"


def test_of_a_ledger_that_is_read_for_the_first_time_nothing_older_is_known(city: CityWorld) -> None:
    ledger = Ledger("qinghe")
    add(ledger, 3 * HOUR, 2 * HOUR, 5 * HOUR)
    city.join(ledger)
    assert (follow(ledger).back, said("qinghe")) == (0, [])


def test_a_countys_own_audit_finds_it_too(county: CountyWorld) -> None:
    county.publish()
    size = Checkpoint.objects.latest("size").size
    before = now() - HOUR
    with set_to(lambda: before):
        commit_all([Proposal(PersonAdded(str(uuid.uuid4())), BUREAU, {"name": "甲"}) for _ in range(2)])
    found = [(one.place, one.code) for one in dating.findings(dating.published())]
    assert found == [(f"entries {size} to {size + 1}", "dated back")]
