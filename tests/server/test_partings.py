"""A neighbour can be left: by two, with a reason; from then on its keys read nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from support import laid_down as lays
from support.city_world import BUREAU as CITY
from support.city_world import CityWorld
from support.county_world import BUREAU, CountyWorld
from support.neighbour import Ledger, ed25519, fill
from support.organisation import client_of, refused
from support.recordings import fixed_id
from zhilu.server.federation.events import BureauParted, PartingAsked
from zhilu.server.federation.models import Comparison, Joined, Parted, Parting, Watch
from zhilu.server.federation.services import adopting, comparisons, ledgers, neighbours, rounds
from zhilu.server.ledger.clock import now, set_to
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import Proposal, commit, commit_all
from zhilu.server.ledger.services.rebuild import rebuild
from zhilu.server.organisation.events import PersonAdded, RoleGranted
from zhilu.server.oversight.models import Evaluated, Reconciled
from zhilu.server.oversight.services import auditing, auditing_findings
from zhilu.tlog.note import NoteSigner

ASKS, DECIDES, READS = (str(fixed_id(name)) for name in ("system", "security", "leader"))
ROLES = {ASKS: "system-administrator", DECIDES: "security-administrator", READS: "leader"}
URL = "/federation/part/julu"


@pytest.fixture
def julu(city: CityWorld) -> Ledger:
    ledger = Ledger()
    fill(ledger, 5)
    ledger.publish()
    city.join(ledger)
    rounds.once(Joined.objects.get(bureau="julu"), ledger)
    people = [Proposal(PersonAdded(one), CITY, {"name": role, "number": one}) for one, role in ROLES.items()]
    commit_all([*people, *(Proposal(RoleGranted(one, role, None), CITY) for one, role in ROLES.items())])
    return ledger


def ask(client: Client, **other: Any) -> int:
    said = {"reason": "keys-stolen", "text": "备份遗失"} | other
    return client.post(URL, said).status_code


@pytest.mark.db
def test_two_end_it_and_its_keys_read_nothing_more(city: CityWorld, julu: Ledger) -> None:
    system, security, leader = (client_of(one) for one in (ASKS, DECIDES, READS))
    assert leader.get(URL).status_code == leader.post(URL).status_code == 403
    assert "停止" in security.get(URL).content.decode()
    assert (ask(system, text=" "), ask(system, reason="anger"), ask(system)) == (400, 400, 302)
    assert system.post(URL, {"asked": "1", "confirmed": "yes"}).status_code == 400, "he asks, no more"
    (asked,) = Parting.objects.all()
    assert (asked.by, asked.reason, asked.text) == (ASKS, "keys-stolen", "备份遗失")
    assert URL in str(security.get("/").content)
    assert "备份遗失" in security.get(URL).content.decode()

    sent = {"asked": str(asked.entry)}
    assert security.post(URL, sent).status_code == 200 and Joined.objects.exists(), "it is said first"
    security.post(URL, {"asked": "0", "confirmed": "yes"})
    assert Joined.objects.exists(), "not what he read"
    assert security.post(URL, sent | {"confirmed": "yes"}).status_code == 302
    assert not Joined.objects.exists() and not Parting.objects.exists()
    assert neighbours.request_key(julu.requests.kid) is None
    assert ledgers.bureaus() == [CITY] and Watch.objects.exists()
    assert security.get(URL).status_code == 404 and security.get("/federation").status_code == 200
    last = Entry.objects.latest("index")
    assert (last.kind, last.actor, last.subject) == ("bureau-parted/1", DECIDES, "julu")
    kept = list(Parted.objects.values())
    rebuild()
    assert list(Parted.objects.values()) == kept and not Joined.objects.exists()


def test_nobody_ends_it_alone_late_or_unasked(city: CityWorld, julu: Ledger) -> None:
    refused("actor", commit, PartingAsked("julu", "other"), DECIDES)
    refused("neighbour-unknown", neighbours.ask_to_part, "qinghe", "other", "x", ASKS)
    refused("parting-unasked", neighbours.part, "julu", 0, DECIDES)
    index = neighbours.ask_to_part("julu", "other", "x", ASKS).index
    refused("actor", neighbours.part, "julu", index, ASKS)
    refused("parting-unasked", neighbours.part, "julu", index - 1, DECIDES)
    later = now() + timedelta(days=8)
    with set_to(lambda: later):
        assert neighbours.asked("julu") is None
        refused("parting-unasked", neighbours.part, "julu", index, DECIDES)
    own = commit(PartingAsked("julu", "other"), CITY, {"text": "x"}).index
    refused("parting-unasked", commit, BureauParted("julu", own), CITY)


def test_what_is_kept_of_whom_one_has_left_disturbs_nothing(city: CityWorld, julu: Ledger) -> None:
    """It is compared no more, and the audit has nothing to say of it."""
    comparisons.ask("julu")
    Reconciled.objects.create(bureau="julu", size=5, at=now())
    Evaluated.objects.create(bureau="julu", size=5, as_of=0, rules={})
    neighbours.part("julu", neighbours.ask_to_part("julu", "other", "x", ASKS).index, DECIDES)
    assert comparisons.asked() == []
    Comparison.objects.all().delete()
    comparisons.due()
    assert not Comparison.objects.exists()
    assert [one for one in (*auditing.check(), *auditing_findings.check()) if "julu" in one.place] == []


def test_who_parted_comes_again_with_its_own_ledger_only(city: CityWorld, julu: Ledger) -> None:
    neighbours.part("julu", neighbours.ask_to_part("julu", "mistaken", "x", ASKS).index, DECIDES)
    other = Ledger()
    other.signer = NoteSigner(julu.signer.name, ed25519("another ledger"))
    refused("join-key", neighbours.join, other.neighbour, "http://127.0.0.1:9", CITY)
    fill(julu, 3, 5)
    julu.publish()
    neighbours.join(julu.neighbour, "http://127.0.0.1:9", CITY)
    assert not Parted.objects.exists() and ledgers.bureaus() == [CITY, "julu"]
    rounds.once(Joined.objects.get(bureau="julu"), julu)
    assert Watch.objects.get(bureau="julu").applied == 8, "it goes on where it was"


def test_a_county_without_its_city_lays_down_for_itself_and_joins_no_other(
    joined: CountyWorld, new_mirror: Any, xingtai: Ledger
) -> None:
    world = CityWorld(joined.config, new_mirror)
    world.prepare("xingtai")
    person = str(fixed_id("a security administrator"))
    commit(PersonAdded(person), BUREAU, {"name": "乙", "number": "8"})
    lays.person(xingtai, "钱多")
    xingtai.publish()
    rounds.once(Joined.objects.get(bureau="xingtai"), xingtai)
    commit(RoleGranted(person, "security-administrator", None), BUREAU)
    added = Proposal(PersonAdded(str(fixed_id("own"))), BUREAU, {"name": "甲", "number": "9"})
    refused("from-city", commit_all, [added])
    index = commit(PartingAsked("xingtai", "reorganised"), BUREAU, {"text": "x"}).index
    refused("parting-unasked", commit, BureauParted("xingtai", index), BUREAU)
    commit(BureauParted("xingtai", index), person)
    commit_all([added])
    assert adopting.newest() >= 0
    other = Ledger("baoding", "city")
    refused("city-known", neighbours.join, other.neighbour, "http://127.0.0.1:9", BUREAU)
    neighbours.join(xingtai.neighbour, "http://127.0.0.1:9", BUREAU)
    world.close()
