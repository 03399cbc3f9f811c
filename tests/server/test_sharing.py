"""A county that shared its recordings' keys with its city's keyholder, and goes back from it."""

from __future__ import annotations

from typing import Any

import pytest

from support.city_world import BUREAU, CityWorld
from support.neighbour import Ledger
from support.recordings import policy_core
from zhilu.server.equipment.models import Alarm
from zhilu.server.federation.models import Joined, Watch
from zhilu.server.federation.services import rounds
from zhilu.server.ledger.events import read
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.models import Policy

COUNTY, CITY = policy_core(city=True)["shares"]


@pytest.fixture
def julu(city: CityWorld) -> Ledger:
    """Its keys are shared with the city's keyholder."""
    version = (Policy.objects.order_by("-version").values_list("version", flat=True).first() or 0) + 1
    commit(read("policy-set/1", policy_core(version, shares=[CITY], quorum=0)), BUREAU)
    ledger = Ledger()
    city.join(ledger)
    assert left_out(ledger, policy_core(1)) == 0
    assert left_out(ledger, policy_core(2, city=True)) == 0
    assert city.alarms() == []
    return ledger


def left_out(ledger: Ledger, core: dict[str, Any], *more: dict[str, Any]) -> int:
    ledger.add("policy-set/1", core, subject=f"policy-{core['version']}")
    for one in more:
        ledger.add("policy-set/1", one, subject=f"policy-{one['version']}")
    ledger.publish()
    assert rounds.once(Joined.objects.get(bureau="julu"), ledger)
    return Watch.objects.get(bureau="julu").left_out


@pytest.mark.parametrize(
    "core",
    [
        policy_core(3),
        policy_core(3, city=True, shares=[COUNTY, COUNTY]),
        policy_core(3, city=True, shares=[COUNTY, CITY | {"escrow": COUNTY["escrow"]}]),
        policy_core(3, city=True, shares=[COUNTY]),
        policy_core(3, city=True, shares=[1, [2]]),
        policy_core(3, sharing="none", shares=[COUNTY, CITY]),
    ],
    ids=["county", "both its own", "its own escrow", "one", "none", "another name"],
)
def test_who_opens_without_the_city_again_is_alarmed_and_shown(
    city: CityWorld, julu: Ledger, core: dict[str, Any]
) -> None:
    assert left_out(julu, core) == 1
    assert rounds.once(Joined.objects.get(bureau="julu"), julu)
    assert list(Alarm.objects.values_list("code", "about", "count")) == [("neighbour-alone", "julu", 1)]
    # What was filmed under it stays so; and one that is over before anybody looks is one more.
    assert left_out(julu, policy_core(4, city=True)) == 1
    assert left_out(julu, policy_core(5), policy_core(6, city=True)) == 2
    assert Alarm.objects.get().count == 2


def test_a_policy_of_a_higher_number_entered_before_the_shared_one_counts(city: CityWorld) -> None:
    ledger = Ledger()
    city.join(ledger)
    assert left_out(ledger, policy_core(1), policy_core(99), policy_core(2, city=True, shares=[1, 2])) == 2


def test_a_county_that_never_shared_is_no_alarm(city: CityWorld) -> None:
    ledger = Ledger()
    city.join(ledger)
    assert left_out(ledger, policy_core(1)) == left_out(ledger, policy_core(2)) == 0
    assert city.alarms() == []
